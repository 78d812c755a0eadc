//! Old model cards made new: one step for each version, each from its version to the next.

use super::container::FORMAT_VERSION;
use super::error::{ModelError, short};
use serde_json::{Map, Value, json};

/// From the card of one version to that of the next. A reason in words when it cannot be.
type Step = fn(Value) -> Result<Value, String>;

/// Step `i` leads from version `i + 1` to version `i + 2`. A change of the format adds one step
/// here, raises [`FORMAT_VERSION`] by one, and touches no other step.
const STEPS: [Step; FORMAT_VERSION as usize - 1] = [kinds];

/// The fields of version 1 that only spectral models have.
const SPECTRAL: [&str; 8] =
    ["stft", "architecture", "latents", "features", "instrument", "gain_db", "plane", "directions"];

/// Version 2 has a kind beside the head: what only spectral models or only profiles say is put
/// below it.
fn kinds(mut card: Value) -> Result<Value, String> {
    let Some(old) = card.as_object_mut() else { return Err("it is no object".to_owned()) };
    let profile = old.remove("profile").filter(|profile| !profile.is_null());
    let mut model = Map::new();
    for field in SPECTRAL {
        model.extend(old.remove(field).map(|value| (field.to_owned(), value)));
    }
    let is_effect = model.get("architecture").and_then(|network| network.get("kind"))
        == Some(&json!("profile"));
    let kind = if is_effect { "effect" } else { "spectral" };
    if is_effect {
        let mut network = model.remove("architecture").unwrap_or_default();
        network.as_object_mut().map(|network| network.remove("kind"));
        model = Map::from_iter([("network".to_owned(), network)]);
        model.extend(profile.map(|info| ("info".to_owned(), info)));
    } else if profile.is_some() {
        return Err(
            "expected a device only in the profile of an effect, found one in another model"
                .to_owned(),
        );
    }
    old.insert("kind".to_owned(), json!(kind));
    old.insert("model".to_owned(), Value::Object(model));
    Ok(card)
}

/// The card of a file of any version that can be read, as JSON of the version that is written.
pub(crate) fn card(config: &str, version: u64) -> Result<Value, ModelError> {
    let value =
        serde_json::from_str(config).map_err(|error| ModelError::Card { reason: short(error) })?;
    upgrade(value, version, &STEPS)
}

/// Every step from `version` on.
fn upgrade(mut value: Value, version: u64, steps: &[Step]) -> Result<Value, ModelError> {
    for (index, step) in steps.iter().enumerate() {
        let from = index as u64 + 1;
        if from >= version {
            value = step(value).map_err(|reason| ModelError::Card {
                reason: format!(
                    "it cannot be brought from version {from} to {}: {reason}",
                    from + 1
                ),
            })?;
        }
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(value: Value, step: &str) -> Result<Value, String> {
        let seen = value.get("seen").and_then(Value::as_str).ok_or("there is no \"seen\"")?;
        Ok(json!({ "seen": format!("{seen}{step}") }))
    }

    const THREE: [Step; 3] =
        [|value| named(value, "a"), |value| named(value, "b"), |value| named(value, "c")];

    #[test]
    fn each_version_passes_the_steps_that_follow_it_in_order() {
        for (version, expected) in [(1, "abc"), (2, "bc"), (3, "c"), (4, "")] {
            assert_eq!(
                upgrade(json!({ "seen": "" }), version, &THREE),
                Ok(json!({ "seen": expected }))
            );
        }
    }

    #[test]
    fn a_step_that_fails_is_named() {
        let Err(ModelError::Card { reason }) = upgrade(json!({}), 2, &THREE) else {
            panic!("the step must fail")
        };
        assert_eq!(reason, "it cannot be brought from version 2 to 3: there is no \"seen\"");
    }

    #[test]
    fn the_chain_reaches_the_version_that_is_written() {
        assert_eq!(STEPS.len() as u64 + 1, FORMAT_VERSION);
    }
}
