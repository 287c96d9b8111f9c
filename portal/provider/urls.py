"""Addresses of the provider's console."""

from django.urls import path

from portal.provider import developers, filings, submitting

app_name = "provider"
urlpatterns = [
    path("", filings.filing_list, name="list"),
    path("new/", submitting.new, name="new"),
    path("<int:pk>/", filings.detail, name="detail"),
    path("<int:pk>/resubmit/", submitting.resubmit, name="resubmit"),
    path("<int:pk>/withdraw/", filings.withdraw, name="withdraw"),
    path("api/", developers.index, name="api"),
    path("api/<int:provider_pk>/keys/", developers.make_key, name="make_key"),
    path("api/<int:provider_pk>/endpoints/", developers.add_endpoint, name="add_endpoint"),
    path("api/keys/<int:pk>/revoke/", developers.revoke, name="revoke_key"),
    path("api/endpoints/<int:pk>/remove/", developers.remove, name="remove_endpoint"),
    path("api/endpoints/<int:pk>/resume/", developers.resume, name="resume_endpoint"),
    path("api/deliveries/<int:pk>/", developers.delivery, name="delivery"),
    path("api/deliveries/<int:pk>/again/", developers.send_again, name="send_again"),
]
