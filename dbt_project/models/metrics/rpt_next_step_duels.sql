{{ figures_of('rpt_next_step_duels') }}
