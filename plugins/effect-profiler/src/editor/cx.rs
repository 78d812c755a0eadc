//! What every part of the editor is drawn with.

use super::view::{Action, View};

/// The suite's, on this editor's view and actions.
pub type Cx<'a, 'u> = nfx_ui::shelf::Cx<'a, 'u, View, Action>;
