// The interactive docs: Swagger UI on the API's own description.
"use strict";
{
  const place = document.getElementById("swagger-ui");
  SwaggerUIBundle({ url: place.dataset.openapi, domNode: place, layout: "BaseLayout", deepLinking: true, validatorUrl: null });
}
