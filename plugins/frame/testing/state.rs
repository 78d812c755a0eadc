//! For the plugins' tests: what a project saves of an instance, and what it gives back.

#![allow(dead_code)] // each plugin's test uses a part

use std::collections::BTreeMap;
use std::sync::Arc;

use nfx_frame::library::Embedded;
use nfx_frame::model_slot::ModelSlot;
use nfx_frame::params::Parameters;
use nfx_frame::standalone::{restore, save};
use nfx_frame::table::{Direct, ParamTable, Sink};
use nice_plug::params::Params;
use nice_plug::plugin::{ParamValue, Plugin, PluginState};

/// What a project saves of an instance.
pub fn bytes<P: Parameters>(params: &Arc<P>) -> Vec<u8> {
    serde_json::to_vec(&save(params, env!("CARGO_PKG_VERSION"))).unwrap()
}

/// An instance whose project was saved as `state`.
pub fn reopened<P: Parameters + Default>(state: &[u8]) -> Arc<P> {
    let params = Arc::new(P::default());
    restore(&params, serde_json::from_slice(state).unwrap());
    params
}

/// The fields of a project, by name.
pub fn fields(of: &[(&str, &str)]) -> BTreeMap<String, String> {
    of.iter().map(|(name, json)| ((*name).to_owned(), (*json).to_owned())).collect()
}

/// A fresh instance, each parameter at a value that tells it from its neighbours.
pub fn scattered<P: Parameters + Default>() -> Arc<P> {
    let params = Arc::new(P::default());
    for (i, entry) in ParamTable::new(params.clone()).entries().iter().enumerate() {
        Direct.set(entry.ptr(), (i * 37 % 101) as f32 / 100.0);
    }
    params
}

/// Saving twice gives the same bytes, and so does saving what was reopened, which is returned.
pub fn saves_what_it_reopens<P: Parameters + Default>(params: &Arc<P>) -> Arc<P> {
    let saved = bytes(params);
    assert_eq!(saved, bytes(params), "saving twice");
    let again = reopened(&saved);
    assert_eq!(String::from_utf8(bytes(&again)).unwrap(), String::from_utf8(saved).unwrap());
    again
}

/// The hashes that the build script worked out are the files'.
pub fn have_their_hashes(embedded: &[Embedded]) {
    for entry in embedded {
        assert_eq!(entry.hash, nfx_core::file::file_hash(entry.bytes), "{}", entry.name);
    }
}

/// A model that neither plugin nor project holds is named in a sentence; what the project says of
/// it, and a field of a newer version, are saved again as they came.
pub fn keeps_what_is_missing<M: Send + Sync>(params: &impl Params, slot: &ModelSlot<M>) {
    let json = r#"{"hash":"0123456789abcdef","name":"Aunt Vera","from_the_future":[1,2]}"#;
    params.deserialize_fields(&fields(&[("model", json), ("hologram", "{\"depth\":3}")]));
    assert!(slot.model().is_none());
    let sentence = slot.problem().unwrap();
    assert!(sentence.contains("Aunt Vera") && sentence.contains("dry"), "{sentence}");
    let saved = params.serialize_fields();
    let read = |json: &str| serde_json::from_str::<serde_json::Value>(json).unwrap();
    assert_eq!(read(&saved["model"]), read(json));
    assert_eq!(saved["hologram"], "{\"depth\":3}");
}

/// Each of these files, by name, is refused in words and leaves the model in use.
pub fn refuses<M: Send + Sync>(slot: &ModelSlot<M>, files: &[(&str, Vec<u8>)]) {
    let (before, version) = (slot.model().unwrap(), slot.version());
    for (name, bytes) in files {
        let sentence = slot.load_bytes(name, bytes).unwrap_err();
        assert!(
            sentence.contains(name) && sentence.contains("stays") && sentence.len() < 600,
            "{name}: {sentence}"
        );
        assert!(Arc::ptr_eq(&before, &slot.model().unwrap()), "{name}");
    }
    assert_eq!(version, slot.version());
    slot.dismiss_problem();
    assert_eq!(slot.problem(), None);
}

/// A state with these parameters, once the plugin has limited and removed what no parameter can
/// hold.
pub fn filtered<P: Plugin>(
    params: impl IntoIterator<Item = (&'static str, ParamValue)>,
) -> PluginState {
    let mut state = PluginState {
        version: String::new(),
        params: params.into_iter().map(|(id, value)| (id.to_owned(), value)).collect(),
        fields: Default::default(),
    };
    P::filter_state(&mut state);
    state
}
