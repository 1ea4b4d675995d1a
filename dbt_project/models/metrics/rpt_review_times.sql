{{ figures_of('rpt_review_times') }}
