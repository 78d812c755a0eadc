//! A WaveNet's config: from and to the JSON of a `.nam` file.

use super::object;
use super::read::{Network, Tensors};
use crate::file::ModelError;
use crate::foreign::json::{Node, refuse, short};
use crate::models::effect::{
    Film, FilmPlace, Gating, Head1x1, HeadConv, LayerArray, PointActivation, PostHead,
    WaveNetConfig,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The config, and the tensors of the network that makes the condition.
pub(super) fn config(
    node: Node<'_>,
    condition: Option<Network>,
) -> Result<(WaveNetConfig, Tensors), ModelError> {
    let mut arrays = Vec::new();
    for layer in node.list("layers")?.iter().take(17) {
        arrays.push(array(Node::new(layer, "a layer array")?)?);
    }
    let head = match node.child("head", "the head")? {
        Some(head) => {
            let inputs = arrays.last().map_or(0, |array| array.head.outputs);
            if head.size_or("in_channels", inputs)? != inputs {
                return refuse(format!("expected a head of {inputs} channels in, found another"));
            }
            Some(PostHead {
                channels: head.size("channels")?,
                outputs: head.size("out_channels")?,
                kernel_sizes: head.sizes("kernel_sizes")?,
                activation: activation(head.need("activation")?)?,
            })
        }
        None => None,
    };
    let mut tensors = Tensors::new();
    let condition = condition.map(|network| {
        tensors.extend(
            network.tensors.into_iter().map(|(name, tensor)| (format!("condition.{name}"), tensor)),
        );
        Box::new(network.config)
    });
    let inputs = node.size_or("in_channels", 1)?;
    Ok((WaveNetConfig { arrays, head, condition, knobs: None, inputs }, tensors))
}

fn array(node: Node<'_>) -> Result<LayerArray, ModelError> {
    if let Some(slimmable) = node.find("slimmable") {
        let method = slimmable.get("method").and_then(Value::as_str).unwrap_or_default();
        if slimmable.as_bool() == Some(true) || !method.is_empty() {
            return refuse(format!(
                "expected layers of one size (or a container of sizes), found layers that can be sliced ({})",
                short(method)
            ));
        }
    }
    let dilations = node.sizes("dilations")?;
    let layers = dilations.len();
    if layers == 0 || layers > 256 {
        return refuse(format!("expected 1 to 256 dilations in a layer array, found {layers}"));
    }
    let kernel_sizes = match (node.find("kernel_size"), node.find("kernel_sizes")) {
        (Some(_), Some(_)) => {
            return refuse("expected either kernel_size or kernel_sizes, found both");
        }
        (Some(Value::Array(_)), None) => node.sizes("kernel_size")?,
        (Some(_), None) => vec![node.size("kernel_size")?; layers],
        _ => node.sizes("kernel_sizes")?,
    };
    let channels = node.size("channels")?;
    let (gating, secondary) = gating(node, layers)?;
    let mut films = BTreeMap::new();
    for place in FilmPlace::ALL {
        if let Some(film) = film(node, film_key(place))? {
            films.insert(place, film);
        }
    }
    let layer1x1 = match node.child("layer1x1", "layer1x1")? {
        Some(residual) if !residual.flag("active", Some(true))? => 0,
        Some(residual) => residual.size_or("groups", 1)?.max(1),
        None => 1,
    };
    let head1x1 = match node.child("head1x1", "head1x1")? {
        Some(skip) if skip.flag("active", Some(false))? => Some(Head1x1 {
            outputs: skip.size_or("out_channels", channels)?,
            groups: skip.size_or("groups", 1)?,
        }),
        _ => None,
    };
    Ok(LayerArray {
        inputs: node.size("input_size")?,
        condition: node.size("condition_size")?,
        channels,
        bottleneck: node.size_or("bottleneck", channels)?,
        kernel_sizes,
        dilations,
        activations: each(node, "activation", layers)?
            .into_iter()
            .map(activation)
            .collect::<Result<_, _>>()?,
        gating,
        secondary,
        head: head(node)?,
        head1x1,
        layer1x1,
        groups: node.size_or("groups_input", 1)?,
        groups_mixin: node.size_or("groups_input_mixin", 1)?,
        films,
    })
}

fn head(node: Node<'_>) -> Result<HeadConv, ModelError> {
    match node.child("head", "the head of a layer array")? {
        Some(head) => Ok(HeadConv {
            outputs: head.size("out_channels")?,
            kernel_size: head.size("kernel_size")?,
            dilation: head.size_or("head_dilation", 1)?,
            bias: head.flag("bias", None)?,
        }),
        None => Ok(HeadConv {
            outputs: node.size("head_size")?,
            kernel_size: 1,
            dilation: 1,
            bias: node.flag("head_bias", None)?,
        }),
    }
}

/// One entry for each layer: a list of them, or one for all.
fn each<'a>(node: Node<'a>, key: &str, layers: usize) -> Result<Vec<&'a Value>, ModelError> {
    match node.need(key)? {
        Value::Array(list) if list.len() == layers => Ok(list.iter().collect()),
        Value::Array(list) => refuse(format!(
            "expected {layers} entries of \"{key}\", one for each layer, found {}",
            list.len()
        )),
        one => Ok(vec![one; layers]),
    }
}

fn gating(
    node: Node<'_>,
    layers: usize,
) -> Result<(Vec<Gating>, Vec<PointActivation>), ModelError> {
    let modes = if node.find("gating_mode").is_some() {
        let parse = |mode: &Value| match mode.as_str() {
            Some("none") => Ok(Gating::None),
            Some("gated") => Ok(Gating::Gated),
            Some("blended") => Ok(Gating::Blended),
            _ => {
                refuse(format!("expected the gating none, gated or blended, found {}", short(mode)))
            }
        };
        each(node, "gating_mode", layers)?.into_iter().map(parse).collect::<Result<_, _>>()?
    } else {
        let gated = node.flag("gated", Some(false))?;
        vec![if gated { Gating::Gated } else { Gating::None }; layers]
    };
    let secondary =
        if node.find("secondary_activation").is_some() {
            let parse = |value: &Value| {
                if value.is_null() { Ok(PointActivation::Sigmoid) } else { activation(value) }
            };
            let all = each(node, "secondary_activation", layers)?;
            // Where there is no second half, a file may say anything.
            all.into_iter()
                .zip(&modes)
                .map(|(value, mode)| {
                    if *mode == Gating::None { Ok(PointActivation::Sigmoid) } else { parse(value) }
                })
                .collect::<Result<_, _>>()?
        } else {
            vec![PointActivation::Sigmoid; layers]
        };
    Ok((modes, secondary))
}

fn film_key(place: FilmPlace) -> &'static str {
    match place {
        FilmPlace::ConvPre => "conv_pre_film",
        FilmPlace::ConvPost => "conv_post_film",
        FilmPlace::InputMixinPre => "input_mixin_pre_film",
        FilmPlace::InputMixinPost => "input_mixin_post_film",
        FilmPlace::ActivationPre => "activation_pre_film",
        FilmPlace::ActivationPost => "activation_post_film",
        FilmPlace::Layer1x1Post => "layer1x1_post_film",
        FilmPlace::Head1x1Post => "head1x1_post_film",
    }
}

fn film(node: Node<'_>, key: &'static str) -> Result<Option<Film>, ModelError> {
    if node.find(key).is_none_or(|value| value.as_bool() == Some(false)) {
        return Ok(None);
    }
    let film = Node::new(node.need(key)?, key)?;
    if !film.flag("active", Some(true))? {
        return Ok(None);
    }
    Ok(Some(Film { shift: film.flag("shift", Some(true))?, groups: film.size_or("groups", 1)? }))
}

/// An activation: its name, or an object with its name as "type" (or "name") and its numbers.
pub(super) fn activation(value: &Value) -> Result<PointActivation, ModelError> {
    let empty = json!({});
    let (name, node) = match value {
        Value::String(name) => (name.as_str(), Node::new(&empty, "an activation")?),
        other => {
            let node = Node::new(other, "an activation")?;
            let name = node.find("type").or_else(|| node.find("name")).and_then(Value::as_str);
            (name.unwrap_or_default(), node)
        }
    };
    let number = |key: &str, default: f64| node.number_or(key, default).map(|n| n as f32);
    let limits = |slopes: f64| -> Result<PointActivation, ModelError> {
        Ok(PointActivation::LeakyHardtanh {
            min_val: number("min_val", -1.0)?,
            max_val: number("max_val", 1.0)?,
            min_slope: number("min_slope", slopes)?,
            max_slope: number("max_slope", slopes)?,
        })
    };
    Ok(match name {
        "Tanh" => PointActivation::Tanh,
        "Hardtanh" => match limits(0.0)? {
            PointActivation::LeakyHardtanh {
                min_val: -1.0,
                max_val: 1.0,
                min_slope: 0.0,
                max_slope: 0.0,
            } => PointActivation::Hardtanh,
            other => other,
        },
        "Fasttanh" => PointActivation::Fasttanh,
        "ReLU" => PointActivation::Relu,
        "LeakyReLU" => {
            PointActivation::LeakyRelu { negative_slope: number("negative_slope", 0.01)? }
        }
        "PReLU" => PointActivation::Prelu {
            negative_slopes: match node.find("negative_slopes") {
                Some(list) => crate::foreign::json::numbers(list, "negative slopes")?,
                None => vec![number("negative_slope", 0.01)?],
            },
        },
        "Sigmoid" => PointActivation::Sigmoid,
        "SiLU" => PointActivation::Silu,
        "Hardswish" => PointActivation::Hardswish,
        "LeakyHardtanh" => limits(0.01)?,
        "Softsign" => PointActivation::Softsign,
        "Softsigmoid" => PointActivation::Softsigmoid,
        "Identity" => PointActivation::Linear,
        other => {
            return refuse(format!(
                "expected an activation such as Tanh, ReLU, LeakyReLU, PReLU, Sigmoid, SiLU, Hardswish or Softsign, found {:?}",
                short(other)
            ));
        }
    })
}

/// An activation as an object with its name and numbers.
pub(super) fn activation_json(activation: &PointActivation) -> Value {
    let named = |name: &str| json!({ "type": name });
    match activation {
        PointActivation::Linear => named("Identity"),
        PointActivation::Tanh => named("Tanh"),
        PointActivation::Hardtanh => named("Hardtanh"),
        PointActivation::Fasttanh => named("Fasttanh"),
        PointActivation::Relu => named("ReLU"),
        PointActivation::LeakyRelu { negative_slope } => {
            json!({ "type": "LeakyReLU", "negative_slope": decimal(*negative_slope) })
        }
        PointActivation::Prelu { negative_slopes } => {
            json!({ "type": "PReLU", "negative_slopes": negative_slopes })
        }
        PointActivation::Sigmoid => named("Sigmoid"),
        PointActivation::Silu => named("SiLU"),
        PointActivation::Hardswish => named("Hardswish"),
        PointActivation::Softsign => named("Softsign"),
        PointActivation::Softsigmoid => named("Softsigmoid"),
        PointActivation::LeakyHardtanh { min_val, max_val, min_slope, max_slope } => json!({
            "type": "LeakyHardtanh", "min_val": min_val, "max_val": max_val, "min_slope": min_slope, "max_slope": max_slope
        }),
    }
}

/// A single-precision number with as few digits as it has: 0.01, not 0.009999999776. Fast paths of
/// players compare the digits.
fn decimal(value: f32) -> f64 {
    value.to_string().parse().unwrap_or(f64::from(value))
}

/// The config as a `.nam` file has it, `scale` the last weight. `condition` is the `.nam` object of
/// the network that makes the condition. The flag says whether the old form of versions 0.5 can say
/// it.
pub(super) fn config_json(
    config: &WaveNetConfig,
    scale: f32,
    condition: Option<Value>,
) -> (Value, bool) {
    let plain = condition.is_none() && config.head.is_none() && config.arrays.iter().all(is_plain);
    let write = if plain { plain_json } else { array_json };
    let head = config.head.as_ref().map_or(Value::Null, |head| {
        json!({
            "channels": head.channels,
            "out_channels": head.outputs,
            "kernel_sizes": head.kernel_sizes,
            "activation": activation_json(&head.activation),
        })
    });
    let layers: Vec<Value> = config.arrays.iter().map(write).collect();
    let mut json =
        object([("layers", json!(layers)), ("head", head), ("head_scale", json!(decimal(scale)))]);
    if let (Some(condition), Some(map)) = (condition, json.as_object_mut()) {
        map.insert("condition_dsp".to_owned(), condition);
    }
    (json, plain)
}

/// The first generation's form: one kernel size, one activation, gated or not, no further options.
fn is_plain(array: &LayerArray) -> bool {
    let same = |a: &LayerArray| {
        a.kernel_sizes.windows(2).all(|w| w[0] == w[1])
            && a.activations.windows(2).all(|w| w[0] == w[1])
            && a.gating.windows(2).all(|w| w[0] == w[1])
    };
    let simple =
        matches!(array.activations.first(), Some(PointActivation::Tanh | PointActivation::Relu));
    let gated = match array.gating.first() {
        Some(Gating::Gated) => array.secondary.iter().all(|s| *s == PointActivation::Sigmoid),
        Some(Gating::None) => true,
        _ => false,
    };
    let (head, groups) = (array.head, (array.layer1x1, array.groups, array.groups_mixin));
    same(array)
        && simple
        && gated
        && groups == (1, 1, 1)
        && array.bottleneck == array.channels
        && (head.kernel_size, head.dilation) == (1, 1)
        && array.head1x1.is_none()
        && array.films.is_empty()
}

fn plain_json(array: &LayerArray) -> Value {
    let name =
        if array.activations.first() == Some(&PointActivation::Relu) { "ReLU" } else { "Tanh" };
    json!({
        "input_size": array.inputs,
        "condition_size": array.condition,
        "head_size": array.head.outputs,
        "channels": array.channels,
        "kernel_size": array.kernel_sizes.first(),
        "dilations": array.dilations,
        "activation": name,
        "gated": array.gating.first() == Some(&Gating::Gated),
        "head_bias": array.head.bias,
    })
}

fn array_json(array: &LayerArray) -> Value {
    let gated = |i: usize| array.gating.get(i).is_some_and(|gating| *gating != Gating::None);
    let secondary = array.secondary.iter().enumerate();
    let secondary: Vec<Value> =
        secondary.map(|(i, s)| if gated(i) { activation_json(s) } else { Value::Null }).collect();
    let activations: Vec<Value> = array.activations.iter().map(activation_json).collect();
    let mut head = json!({
        "out_channels": array.head.outputs, "kernel_size": array.head.kernel_size, "bias": array.head.bias
    });
    if let (true, Some(map)) = (array.head.dilation != 1, head.as_object_mut()) {
        map.insert("head_dilation".to_owned(), json!(array.head.dilation));
    }
    let mut json = object([
        ("input_size", json!(array.inputs)),
        ("condition_size", json!(array.condition)),
        ("head", head),
        ("channels", json!(array.channels)),
        ("kernel_sizes", json!(array.kernel_sizes)),
        ("dilations", json!(array.dilations)),
        ("activation", json!(activations)),
        ("bottleneck", json!(array.bottleneck)),
        (
            "head1x1",
            json!({
                "active": array.head1x1.is_some(),
                "out_channels": array.head1x1.map_or(1, |h| h.outputs),
                "groups": array.head1x1.map_or(1, |h| h.groups),
            }),
        ),
        ("layer1x1", json!({ "active": array.layer1x1 > 0, "groups": array.layer1x1.max(1) })),
        ("groups_input", json!(array.groups)),
        ("groups_input_mixin", json!(array.groups_mixin)),
        ("gating_mode", json!(array.gating)),
        ("secondary_activation", json!(secondary)),
        ("slimmable", Value::Null),
    ]);
    if let Some(map) = json.as_object_mut() {
        for place in FilmPlace::ALL {
            let film = array.films.get(&place);
            let (shift, groups) = film.map_or((true, 1), |film| (film.shift, film.groups));
            map.insert(
                film_key(place).to_owned(),
                json!({ "active": film.is_some(), "shift": shift, "groups": groups }),
            );
        }
    }
    json
}
