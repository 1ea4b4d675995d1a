{{ figures_of('rpt_headless_runs') }}
