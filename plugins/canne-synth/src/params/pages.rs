//! The pages of knobs on a controller (CLAP).

use nice_plug::prelude::*;

use super::{AdsrParams, CanneParams};
use nfx_frame::bank::Bank;

/// Describes the pages to a host.
pub fn remote_controls(params: &CanneParams, context: &mut impl RemoteControlsContext) {
    context.add_section("Main", |section| {
        section.add_page("Sliders", |page| params.sliders.iter().for_each(|slider| page.add_param(slider)));
        section.add_page("Sound", |page| {
            page.add_param(&params.morph_x);
            page.add_param(&params.morph_y);
            page.add_param(&params.morph);
            page.add_param(&params.shift);
            page.add_param(&params.tilt);
            page.add_param(&params.noise);
            page.add_param(&params.width);
            page.add_param(&params.output_db);
        });
        section.add_page("Voice", |page| {
            page.add_param(&params.mode);
            page.add_param(&params.voices);
            page.add_param(&params.glide_ms);
            page.add_param(&params.bend);
            page.add_param(&params.velocity);
            page.add_param(&params.fine);
            page.add_param(&params.even);
            page.add_param(&params.drone);
        });
        section.add_page("Unison", |page| {
            page.add_param(&params.unison);
            page.add_param(&params.unison_detune);
            page.add_param(&params.unison_spread);
            page.add_param(&params.glide_poly);
            page.add_param(&params.reach);
            page.add_param(&params.pace);
            page.add_param(&params.likeness);
        });
    });
    context.add_section("Envelopes", |section| {
        section.add_page("Envelopes", |page| {
            for AdsrParams { attack, decay, sustain, release } in [&params.amp, &params.env] {
                page.add_param(attack);
                page.add_param(decay);
                page.add_param(sustain);
                page.add_param(release);
            }
        });
        for (name, lfo) in [("LFO", &params.lfo), ("LFO 2", &params.lfo2)] {
            section.add_page(name, |page| {
                page.add_param(&lfo.hz);
                page.add_param(&lfo.sync);
                page.add_param(&lfo.division);
                page.add_param(&lfo.shape);
                page.add_param(&lfo.retrigger);
            });
        }
    });
    context.add_section("Depths", |section| {
        let mut depths = |name: &str, bank: &Bank<{ super::SLIDERS }>| {
            section.add_page(name, |page| bank.iter().for_each(|depth| page.add_param(depth)));
        };
        depths("Envelope", &params.env_to);
        depths("LFO", &params.lfo.to);
        depths("LFO 2", &params.lfo2.to);
        depths("Velocity", &params.velocity_to);
        depths("Pressure", &params.pressure_to);
        depths("Wheel", &params.wheel_to);
        depths("Slide", &params.slide_to);
    });
}
