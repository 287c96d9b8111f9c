"""A tiny filing platform of an access provider, to try the API and the webhooks with.

It gets itself a sandbox, submits a filing, and lets its deadline pass: the filing comes back, and a webhook says so. It
then submits the filing again, with a phone that works, and has both persons verify, until the bureau has it.

    python examples/provider.py --site http://localhost:8000

Needs httpx and nothing else. The site must be allowed to send webhooks to this machine: WEBHOOK_ALLOW_PRIVATE=1.
"""

import argparse
import base64
import hashlib
import hmac
import json
import queue
import sys
import threading
import time
import uuid
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx

TOLERANCE = 300  # seconds that a webhook's timestamp may be off
PATIENCE = 60  # seconds to wait for a webhook
FIVE_MINUTES = 5 * 60
THREE_DAYS = 3 * 24 * 3600

Event = dict[str, Any]


# ── Webhooks ─────────────────────────────────────────────────────────────────


def is_genuine(secret: str, headers: Mapping[str, str], body: bytes) -> bool:
    """Verify a webhook by hand, as Standard Webhooks lays down."""
    message_id, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not timestamp.isdigit() or abs(time.time() - int(timestamp)) > TOLERANCE:
        return False  # an old one that somebody has recorded
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{message_id}.{timestamp}.".encode() + body
    expected = "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    given = headers.get("webhook-signature", "").split()  # several while a secret is being changed
    return any(hmac.compare_digest(expected, each) for each in given)


class Inbox:
    """Receives webhooks on this machine: verifies each, takes each once, and hands them on in order."""

    def __init__(self, port: int) -> None:
        self.secret = ""
        self.events: queue.Queue[Event] = queue.Queue()
        self._seen: set[str] = set()
        inbox = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                self.send_response(inbox.take(headers, body))
                self.end_headers()

            def log_message(self, *args: object) -> None:
                """Say nothing for each request."""

        self.server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/webhooks"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def take(self, headers: Mapping[str, str], body: bytes) -> int:
        """The status to answer with: quickly 2xx for what was taken, 4xx for what will never be."""
        if not is_genuine(self.secret, headers, body):
            return 401
        message_id = headers["webhook-id"]
        if message_id not in self._seen:  # one that arrives again has been handled already
            self._seen.add(message_id)
            self.events.put(json.loads(body))
        return 204

    def next(self) -> Event:
        """The next event; gives up after ``PATIENCE`` seconds."""
        try:
            return self.events.get(timeout=PATIENCE)
        except queue.Empty:
            sys.exit("没有等到 Webhook：请确认网站的任务进程在运行，且设有 WEBHOOK_ALLOW_PRIVATE=1。")


# ── The API ──────────────────────────────────────────────────────────────────


class Api:
    """The site's API, as much of it as this platform needs."""

    def __init__(self, site: str, key: str | None) -> None:
        self.http = httpx.Client(base_url=f"{site.rstrip('/')}/api/v1", timeout=30)
        if key is None:
            sandbox = self.post("/sandboxes", {"scenario": "2017-gs", "provider": "示例接入商"})
            print(f"演练环境“{sandbox['sandbox']}”，演练时间 {sandbox['now']}")
            key = sandbox["api_key"]
        self.http.headers["Authorization"] = f"Bearer {key}"

    def get(self, path: str) -> Any:
        """Read."""
        return self._told(self.http.get(path))

    def post(self, path: str, body: Any = None) -> Any:
        """Write. With an Idempotency-Key a request may be repeated when its answer was lost, and is done once."""
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        for attempt in range(3):
            try:
                answer = self.http.post(path, json=body, headers=headers)
            except httpx.TransportError:
                time.sleep(attempt)
                continue
            return self._told(answer)
        sys.exit(f"连不上 {self.http.base_url}，请先启动网站。")

    def _told(self, answer: httpx.Response) -> Any:
        if answer.is_success:
            return answer.json()
        if answer.headers["content-type"] != "application/problem+json":
            sys.exit(f"{answer.request.url} 不像是演练平台的接口：{answer.status_code}")
        problem = answer.json()
        mistakes = "".join(f"\n  {error['path']}: {error['detail']}" for error in problem["errors"])
        sys.exit(f"{problem['status']} {problem['code']}: {problem['detail']}{mistakes}")


# ── The platform ─────────────────────────────────────────────────────────────

# Synthetic people, recognisable by a birthday on the first day of 1900.
OWNER = {"name": "示甲", "id_type": "resident_id", "id_number": "110101190001017013", "phone": "13900000701"}
EDITOR = {"name": "示乙", "id_type": "resident_id", "id_number": "110101190001017021", "phone": "18600000702"}
NEW_PHONE = "13900000703"


def content(*, owner_phone: str) -> dict[str, Any]:
    """What the filing says about its 主体 and its 网站."""
    person = {**OWNER, "phone": owner_phone}
    website = {"name": "示例网站", "domain": "shop.example.com", "server_ip": "192.0.2.10", "person": EDITOR}
    return {"subject": {"name": "示例公司", "nature": "enterprise", "person": person}, "websites": [website]}


class Platform:
    """Handles the events of one filing until the bureau has it."""

    def __init__(self, api: Api, inbox: Inbox) -> None:
        self.api, self.inbox = api, inbox
        inbox.secret = api.post("/webhooks/endpoints", {"url": inbox.url})["secret"]
        filing = {"kind": "first_filing", "province": "gs", **content(owner_phone=OWNER["phone"])}
        self.number: str = api.post("/filings", filing)["number"]

    def run(self) -> None:
        """Let the first round lapse, submit again, verify."""
        print(f"已提交 {self.number}，等到期限过去")
        self.api.post("/clock", {"by_seconds": THREE_DAYS})
        while (event := self.inbox.next())["type"] != "filing.reviewing":
            self.handle(event)
        print(f"{self.number} 已全部核验，转到管局审核")

    def handle(self, event: Event) -> None:
        """Do what an event calls for."""
        data = event["data"]
        print(f"{event['timestamp']} 第 {data['round']} 轮 {event['type']} {data['reason']}".rstrip())
        if event["type"] == "filing.returned":
            self.resubmit()
        elif event["type"] == "challenge.opened" and data["round"] > 1:
            self.verify(data["challenge"])

    def resubmit(self) -> None:
        """Send what came back in again, with another phone; the next code is due in five minutes."""
        self.api.post(f"/filings/{self.number}/resubmissions", {"content": content(owner_phone=NEW_PHONE)})
        self.api.post("/clock", {"by_seconds": FIVE_MINUTES})

    def verify(self, challenge_id: int) -> None:
        """Do what the person does: read the code on the phone and type it on the province's portal."""
        filing = self.api.get(f"/filings/{self.number}")
        challenge = next(each for each in filing["challenges"] if each["id"] == challenge_id)
        message = self.api.get(f"/phones/{challenge['phone_id']}/messages")["items"][0]
        person = OWNER if challenge["name"] == OWNER["name"] else EDITOR
        entry = {"code": message["code"], "phone": challenge["phone"], "id_suffix": person["id_number"][-6:]}
        answer = self.api.post("/verifications", {"province": filing["province"], **entry})
        print(f"  {challenge['name']}：{answer['text']}")


def main() -> None:
    """Run the platform once."""
    parser = argparse.ArgumentParser(description="一个极小的接入商备案平台，用来试接口和 Webhook。")
    parser.add_argument("--site", default="http://localhost:8000", help="演练平台的地址")
    parser.add_argument("--key", help="API 密钥；不给则新建一个演练环境")
    parser.add_argument("--port", type=int, default=0, help="接收 Webhook 的端口；0 为任一空闲端口")
    options = parser.parse_args()
    Platform(Api(options.site, options.key), Inbox(options.port)).run()


if __name__ == "__main__":
    main()
