"""The questions of the next-step duel (B11): moments, a proposal, one voice for both steps, a judgement.

Not in the catalog: their answers are steps of one comparison and no labels. Belongs here: what is asked. Not
here: what each question is shown (subject.render_moment), in which order (labelling.next_step_duels), what is
made of the answers (orchestration.duels).
"""
