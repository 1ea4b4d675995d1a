{{ figures_of('rpt_retrospective_reviews') }}
