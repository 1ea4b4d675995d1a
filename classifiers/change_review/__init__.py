"""The questions of the retrospective review (B8): findings on a change, and whether they name a known bug.

Not in the catalog: no session is asked about. Not here: which changes are reviewed (find_changes), what each
question is shown (labelling.change_reviews).
"""
