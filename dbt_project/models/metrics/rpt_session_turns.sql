{{ figures_of('rpt_session_turns') }}
