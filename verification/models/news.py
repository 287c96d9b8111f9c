"""What the tag of a sandbox is made of."""

from django.db import models

from verification.models.sandbox import Sandbox


class Change(models.Model):
    """变动: something changed that pages of the sandbox may show. Written with what changed, in the same transaction.

    A row of its own and no counter: a counter in one row would let everybody who writes in the sandbox wait for each
    other. For the same reason the database does not watch the reference, which would let the clock wait for a sweep.
    """

    # No index of its own: change_of_sandbox begins with it.
    sandbox = models.ForeignKey(
        Sandbox, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )

    class Meta:
        verbose_name = "变动"
        verbose_name_plural = "变动"
        indexes = [
            # read by news.tag, which needs nothing but the index
            models.Index(fields=["sandbox", "id"], name="change_of_sandbox"),
        ]

    def __str__(self) -> str:
        return f"{self.sandbox_id} {self.pk}"
