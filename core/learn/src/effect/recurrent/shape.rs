//! The sizes of a recurrent network and where its weights lie in one flat array.

use nfx_core::models::effect::RecurrentConfig;
use nfx_core::nn::CellKind as Cell;

use crate::LearnError;

/// What a network looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Its cells.
    pub cell: Cell,
    /// Units of each layer.
    pub hidden: usize,
    /// Layers on top of one another.
    pub layers: usize,
    /// Knobs, constant inputs of the first layer beside the sound.
    pub knobs: usize,
    /// Whether the input is added to the output.
    pub skip: bool,
}

/// Where one layer's weights lie.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// `[gate row][column]` of what comes from below.
    pub input: usize,
    /// Columns of it.
    pub columns: usize,
    /// `[gate row][unit]` of the own output.
    pub own: usize,
    /// `[gate row]`.
    pub bias: usize,
    /// A GRU's bias within the reset gate, `[unit]`.
    pub inner: usize,
}

impl Shape {
    /// The shape of a config.
    ///
    /// # Errors
    /// When the config has what is not trained: several signals, starting states as weights.
    pub fn of(config: &RecurrentConfig) -> Result<Self, LearnError> {
        if config.inputs != 1 || config.outputs != 1 || config.initial {
            return Err(LearnError::Argument(format!(
                "expected a recurrent network of one signal that starts at rest, found {} signals in, {} out{}",
                config.inputs,
                config.outputs,
                if config.initial { ", and starting states among its weights" } else { "" }
            )));
        }
        Ok(Shape {
            cell: config.cell,
            hidden: config.hidden,
            layers: config.layers,
            knobs: config.knobs,
            skip: config.skip,
        })
    }

    /// The config of the shape.
    pub fn config(&self) -> RecurrentConfig {
        RecurrentConfig::new(self.cell, self.hidden, self.layers, self.knobs, self.skip)
    }

    /// Gates of all units of a layer.
    pub fn gate_rows(&self) -> usize {
        self.hidden * if self.cell == Cell::Lstm { 4 } else { 3 }
    }

    /// Where the weights of layer `l` begin.
    pub fn place(&self, l: usize) -> Place {
        let mut from = 0;
        let mut at = 0;
        loop {
            let columns = if at == 0 { 1 + self.knobs } else { self.hidden };
            let own = from + self.gate_rows() * columns;
            let bias = own + self.gate_rows() * self.hidden;
            let inner = bias + self.gate_rows();
            if at == l {
                return Place { input: from, columns, own, bias, inner };
            }
            from = inner + self.inner();
            at += 1;
        }
    }

    fn inner(&self) -> usize {
        if self.cell == Cell::Gru { self.hidden } else { 0 }
    }

    /// Where the output layer's weights begin; its bias follows them.
    pub fn head(&self) -> usize {
        self.place(self.layers - 1).inner + self.inner()
    }

    /// Number of weights.
    pub fn parameters(&self) -> usize {
        self.head() + self.hidden + 1
    }
}
