//! The pages of knobs on a controller (CLAP).

use nice_plug::prelude::*;

use super::ProfilerParams;

/// Eight knobs a page: the compressor, the knobs of a profile, levels, gate and cabinet, the rest.
pub fn remote_controls(params: &ProfilerParams, context: &mut impl RemoteControlsContext) {
    context.add_section("Main", |section| {
        section.add_page("Compressor", |page| {
            page.add_param(&params.threshold);
            page.add_param(&params.ratio);
            page.add_param(&params.attack);
            page.add_param(&params.release);
            page.add_param(&params.makeup_db);
            page.add_param(&params.mix);
            page.add_param(&params.link);
            page.add_param(&params.side_chain);
        });
        section.add_page("Profile", |page| params.knobs.iter().for_each(|knob| page.add_param(knob)));
        section.add_page("Levels", |page| {
            page.add_param(&params.input_db);
            page.add_param(&params.output_db);
            page.add_param(&params.mix);
            page.add_param(&params.makeup_db);
            page.add_param(&params.normalise);
            page.add_param(&params.calibrate);
            page.add_param(&params.interface_dbu);
            page.add_param(&params.bypass);
        });
        section.add_page("Gate and cabinet", |page| {
            page.add_param(&params.gate);
            page.add_param(&params.gate_threshold_db);
            page.add_param(&params.gate_hold_ms);
            page.add_param(&params.gate_release_ms);
            page.add_param(&params.ir);
            page.add_param(&params.ir_level_db);
            page.add_spacer();
            page.add_spacer();
        });
        section.add_page("More", |page| {
            page.add_param(&params.stereo);
            page.add_param(&params.quality);
            page.add_param(&params.source);
            page.add_param(&params.play);
            page.add_param(&params.looped);
        });
    });
}
