//! Old model cards made new: one step for each version, each from its version to the next.

use super::container::FORMAT_VERSION;
use super::error::{ModelError, short};
use serde_json::Value;

/// From the card of one version to that of the next. A reason in words when it cannot be.
type Step = fn(Value) -> Result<Value, String>;

/// Step `i` leads from version `i + 1` to version `i + 2`. A change of the format adds one step here, raises
/// [`FORMAT_VERSION`] by one, and touches no other step.
const STEPS: [Step; FORMAT_VERSION as usize - 1] = [];

/// The card of a file of any version that can be read, as JSON of the version that is written.
pub(crate) fn card(config: &str, version: u64) -> Result<Value, ModelError> {
    let value = serde_json::from_str(config).map_err(|error| ModelError::Card { reason: short(error) })?;
    upgrade(value, version, &STEPS)
}

/// Every step from `version` on.
fn upgrade(mut value: Value, version: u64, steps: &[Step]) -> Result<Value, ModelError> {
    for (index, step) in steps.iter().enumerate() {
        let from = index as u64 + 1;
        if from >= version {
            value = step(value).map_err(|reason| ModelError::Card {
                reason: format!("it cannot be brought from version {from} to {}: {reason}", from + 1),
            })?;
        }
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn named(value: Value, step: &str) -> Result<Value, String> {
        let seen = value.get("seen").and_then(Value::as_str).ok_or("there is no \"seen\"")?;
        Ok(json!({ "seen": format!("{seen}{step}") }))
    }

    const THREE: [Step; 3] = [|value| named(value, "a"), |value| named(value, "b"), |value| named(value, "c")];

    #[test]
    fn each_version_passes_the_steps_that_follow_it_in_order() {
        for (version, expected) in [(1, "abc"), (2, "bc"), (3, "c"), (4, "")] {
            assert_eq!(upgrade(json!({ "seen": "" }), version, &THREE), Ok(json!({ "seen": expected })));
        }
    }

    #[test]
    fn a_step_that_fails_is_named() {
        let Err(ModelError::Card { reason }) = upgrade(json!({}), 2, &THREE) else { panic!("the step must fail") };
        assert_eq!(reason, "it cannot be brought from version 2 to 3: there is no \"seen\"");
    }

    #[test]
    fn the_chain_reaches_the_version_that_is_written() {
        assert_eq!(STEPS.len() as u64 + 1, FORMAT_VERSION);
    }
}
