"""Old photographs made whole: only what is measured to be damage is touched, and never who somebody is.

photo → what is wrong with it → steps, each undone where a face would no longer be the same → copy, record, before/after
"""
