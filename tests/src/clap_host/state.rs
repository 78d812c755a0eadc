//! Saving and loading a plugin's state, in one piece or in the small pieces that some hosts hand
//! out.

use super::Plugin;
use anyhow::{Context, Result};
use clack_extensions::state::PluginState;
use std::io::{Read, Write};

/// Hands out at most so many bytes a call, as a host may.
struct Pieces<'a> {
    bytes: &'a [u8],
    most: usize,
}

impl Read for Pieces<'_> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let count = into.len().min(self.most).min(self.bytes.len());
        let (now, later) = self.bytes.split_at(count);
        into[..count].copy_from_slice(now);
        self.bytes = later;
        Ok(count)
    }
}

/// Takes at most so many bytes a call.
struct Taker {
    bytes: Vec<u8>,
    most: usize,
}

impl Write for Taker {
    fn write(&mut self, from: &[u8]) -> std::io::Result<usize> {
        let count = from.len().min(self.most);
        self.bytes.extend_from_slice(&from[..count]);
        Ok(count)
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Plugin {
    /// The plugin's state.
    ///
    /// # Errors
    /// When the plugin has no state extension or fails to save.
    pub fn save(&mut self) -> Result<Vec<u8>> {
        self.save_in_pieces(usize::MAX)
    }

    /// The plugin's state, taken from it in pieces of at most `most` bytes.
    ///
    /// # Errors
    /// As for [`Plugin::save`].
    pub fn save_in_pieces(&mut self, most: usize) -> Result<Vec<u8>> {
        let handle = self.instance.plugin_handle();
        let state =
            handle.get_extension::<PluginState>().context("the plugin has no state extension")?;
        let mut taker = Taker { bytes: Vec::new(), most };
        state.save(&handle, &mut taker)?;
        Ok(taker.bytes)
    }

    /// Loads a state.
    ///
    /// # Errors
    /// When the plugin refuses it.
    pub fn load(&mut self, bytes: &[u8]) -> Result<()> {
        self.load_in_pieces(bytes, usize::MAX)
    }

    /// Loads a state that is handed out in pieces of at most `most` bytes.
    ///
    /// # Errors
    /// When the plugin refuses it.
    pub fn load_in_pieces(&mut self, bytes: &[u8], most: usize) -> Result<()> {
        let handle = self.instance.plugin_handle();
        let state =
            handle.get_extension::<PluginState>().context("the plugin has no state extension")?;
        state.load(&handle, &mut Pieces { bytes, most })?;
        self.idle();
        Ok(())
    }
}
