"""接入商: the provider's clerk lists, submits, withdraws and submits again; its developers get keys and webhooks.

May import portal.shared and the subject, no other room.
"""
