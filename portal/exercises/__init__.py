"""练习目录: where somebody who knows nothing begins, and where results and debriefs are.

Imports what all rooms share.
"""
