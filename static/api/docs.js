// The interactive docs: Swagger UI on the API's own description.
(() => {
  "use strict";

  const place = document.getElementById("swagger-ui");
  SwaggerUIBundle({
    url: place.dataset.openapi,
    domNode: place,
    layout: "BaseLayout",
    deepLinking: true,
    defaultModelsExpandDepth: -1, // each operation shows its own
    validatorUrl: null, // nothing leaves this site
  });
})();
