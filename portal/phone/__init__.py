"""模拟手机: whoever plays a filer reads messages here, switches signal and spam filter, and copies a code.

May import portal.shared and the subject, no other room.
"""
