"""``/api/v1/``: the operations, their OpenAPI description, and interactive docs from our own static files."""

from portal.api import filings, hooks, problems, records, worlds
from portal.api.access import BearerKey
from portal.api.docs import Docs
from portal.api.openapi import DescribedAPI, Readable

api = DescribedAPI(
    title="备案短信核验演练平台 API",
    version="1",
    description=(
        "接入商的程序可以用它代替工信部系统来测试：提交备案、读短信、拨时钟、接收 Webhook。"
        "演练系统，非政府网站，不受理任何真实备案，请勿填写真实个人信息。"
    ),
    renderer=Readable(),
    auth=BearerKey(),
    urls_namespace="api",
    openapi_url="/openapi.json",
    docs=Docs(),
    docs_url="/docs",
)
problems.install(api)
api.add_router("/filings", filings.router)
api.add_router("/records", records.router)
api.add_router("/webhooks", hooks.router)
api.add_router("", worlds.router)
