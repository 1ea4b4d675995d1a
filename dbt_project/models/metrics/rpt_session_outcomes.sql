{{ figures_of('rpt_session_outcomes') }}
