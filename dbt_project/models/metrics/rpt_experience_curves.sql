{{ figures_of('rpt_experience_curves') }}
