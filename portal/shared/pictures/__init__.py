"""Pictures for where people look rather than read, drawn as SVG: what stands where in them, from numbers.

A picture is 340 units wide, so that its letters are large enough on a phone, and larger at the wall. Nothing is told by
a colour alone: shapes, heights, hatching and words say the same. Each has a table beside it; no picture has a nickname
in it.
"""
