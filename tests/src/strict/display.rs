//! A screen without a screen: Xvfb, and windows on it for editors to open in.

use std::io::Read;
use std::os::fd::AsRawFd;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result};
use x11rb::connection::Connection;
use x11rb::protocol::xproto::{ConfigureWindowAux, ConnectionExt, CreateWindowAux, WindowClass};
use x11rb::rust_connection::RustConnection;

/// An X server of our own; it ends with this.
pub struct Screen {
    server: Child,
    /// For example `:99`.
    pub name: String,
}

impl Screen {
    /// Starts Xvfb on a display that is free.
    ///
    /// # Errors
    /// When Xvfb is not there, or does not start.
    pub fn start() -> Result<Self> {
        let (mut reader, writer) = std::io::pipe()?;
        let descriptor = writer.as_raw_fd();
        // SAFETY: the descriptor is open; only its flag for children changes.
        unsafe { libc::fcntl(descriptor, libc::F_SETFD, 0) };
        let mut command = Command::new("Xvfb");
        // SAFETY: one call to the system between fork and exec. A host that dies of its plugin
        // takes its screen with it.
        unsafe {
            command.pre_exec(|| {
                libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
                Ok(())
            });
        }
        let server = command
            .args([
                "-displayfd",
                &descriptor.to_string(),
                "-screen",
                "0",
                "1600x1200x24",
                "-nolisten",
                "tcp",
                "-noreset",
            ])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("Xvfb was expected; `cargo xtask test` installs it")?;
        drop(writer);
        let mut screen = Self { server, name: String::new() };
        let mut number = String::new();
        let mut byte = [0];
        while reader.read(&mut byte)? == 1 && byte[0] != b'\n' {
            number.push(char::from(byte[0]));
        }
        anyhow::ensure!(
            !number.trim().is_empty(),
            "Xvfb was expected to say its display, but ended"
        );
        screen.name = format!(":{}", number.trim());
        Ok(screen)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// The display of this process: the one that it was given, else one of our own for as long as the
/// process lives.
///
/// # Errors
/// When there is none and Xvfb does not start.
pub fn ensure() -> Result<Option<Screen>> {
    if std::env::var_os("DISPLAY").is_some() {
        return Ok(None);
    }
    let screen = Screen::start()?;
    // SAFETY: called first thing, before there are other threads.
    unsafe { std::env::set_var("DISPLAY", &screen.name) };
    Ok(Some(screen))
}

/// Windows of a host.
pub struct Windows {
    connection: RustConnection,
    screen: usize,
}

impl Windows {
    /// A connection to the display of this process.
    ///
    /// # Errors
    /// When there is no display.
    pub fn connect() -> Result<Self> {
        let (connection, screen) = x11rb::connect(None).context("a display was expected")?;
        Ok(Self { connection, screen })
    }

    /// Opens a window and hands back its id.
    ///
    /// # Errors
    /// When the server refuses.
    pub fn open(&self, width: u16, height: u16) -> Result<u32> {
        let root = &self.connection.setup().roots[self.screen];
        let id = self.connection.generate_id()?;
        let class = WindowClass::INPUT_OUTPUT;
        let aux = CreateWindowAux::new().background_pixel(root.black_pixel);
        self.connection.create_window(
            root.root_depth,
            id,
            root.root,
            0,
            0,
            width,
            height,
            0,
            class,
            root.root_visual,
            &aux,
        )?;
        self.connection.map_window(id)?;
        self.connection.settle()?;
        Ok(id)
    }

    /// Closes a window.
    ///
    /// # Errors
    /// When the server is gone.
    pub fn close(&self, id: u32) -> Result<()> {
        self.connection.destroy_window(id)?;
        self.connection.settle()?;
        Ok(())
    }

    /// Gives what is open within a window another size, as neither its host nor its own program
    /// asked: window managers do.
    ///
    /// # Errors
    /// When the server refuses.
    pub fn resize_within(&self, id: u32, width: u32, height: u32) -> Result<()> {
        for child in self.connection.query_tree(id)?.reply()?.children {
            let size = ConfigureWindowAux::new().width(width).height(height);
            self.connection.configure_window(child, &size)?;
        }
        self.connection.settle()
    }
}

/// A screen and our connection to it. A server of our own ends with the process: Xlib ends a
/// process whose server goes while a window is open, and a case may leave one.
pub struct TestScreen {
    windows: Windows,
}

impl TestScreen {
    /// On the display of this process, or one of our own. To be called before there are other
    /// threads.
    ///
    /// # Errors
    /// When there is none.
    pub fn new() -> std::result::Result<Self, String> {
        std::mem::forget(ensure().map_err(|error| format!("{error:#}"))?);
        Ok(Self { windows: Windows::connect().map_err(|error| format!("{error:#}"))? })
    }

    /// A window of ours of this size to open editors in.
    ///
    /// # Errors
    /// When the screen refuses.
    pub fn window(&self, width: u16, height: u16) -> std::result::Result<u32, String> {
        self.windows.open(width, height).map_err(|error| format!("{error:#}"))
    }

    /// Closes one.
    pub fn close(&self, window: u32) {
        let _ = self.windows.close(window);
    }
}

/// Waits for an answer, and so for everything sent before.
trait Settle {
    fn settle(&self) -> Result<()>;
}

impl Settle for RustConnection {
    fn settle(&self) -> Result<()> {
        self.get_input_focus()?.reply()?;
        Ok(())
    }
}
