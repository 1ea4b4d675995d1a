{{ figures_of('rpt_trouble_on_the_way') }}
