{{ figures_of('rpt_survey_medians') }}
