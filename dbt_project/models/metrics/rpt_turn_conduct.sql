{{ figures_of('rpt_turn_conduct') }}
