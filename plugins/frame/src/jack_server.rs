//! What a running JACK server says, for a program of its own.
//!
//! nice-plug's standalone tells the plugin the rate and block size of its command line even where
//! JACK runs at others, so that an instrument would play out of tune. So the command line is made
//! to say what the server does.

/// What a server runs at: its rate in Hz, and the samples of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Server {
    rate_hz: usize,
    block: usize,
}

/// Samples of a block that JACK may come to use, whatever it says at first.
const LONGEST_BLOCK: usize = 2048;

/// The program's arguments, with the rate and the block size of the JACK server that it will play
/// through, if there is one.
#[cfg(feature = "standalone")]
#[must_use]
pub fn arguments() -> Vec<String> {
    let given: Vec<String> = std::env::args().collect();
    if !may_use_jack(&given) {
        return given;
    }
    let server = jack::Client::new("latent-works", jack::ClientOptions::NO_START_SERVER).ok().map(
        |(client, _)| Server {
            rate_hz: client.sample_rate() as usize,
            block: client.buffer_size() as usize,
        },
    );
    match server {
        Some(server) => served(given, server),
        None => given,
    }
}

/// Whether the backend that the arguments name, or leave open, can be JACK, and the program will
/// run at all.
fn may_use_jack(arguments: &[String]) -> bool {
    let mut named = None;
    for (i, argument) in arguments.iter().enumerate() {
        if ["-h", "--help", "-V", "--version"].contains(&argument.as_str()) {
            return false;
        }
        if argument == "-b" || argument == "--backend" {
            named = arguments.get(i + 1).map(String::as_str);
        } else if let Some(name) =
            argument.strip_prefix("--backend=").or_else(|| argument.strip_prefix("-b"))
        {
            named = Some(name.trim_start_matches('='));
        }
    }
    named.is_none_or(|name| name == "jack" || name == "auto")
}

/// The arguments with the server's rate and block size in the place of others.
fn served(arguments: Vec<String>, server: Server) -> Vec<String> {
    let mut out = Vec::with_capacity(arguments.len() + 2);
    let mut rest = arguments.into_iter();
    while let Some(argument) = rest.next() {
        if ["-r", "--sample-rate", "-p", "--period-size"].contains(&argument.as_str()) {
            rest.next();
        } else if !["--sample-rate=", "--period-size=", "-r", "-p"]
            .iter()
            .any(|own| argument.starts_with(own))
        {
            out.push(argument);
        }
    }
    out.push(format!("--sample-rate={}", server.rate_hz));
    out.push(format!("--period-size={}", server.block.max(LONGEST_BLOCK)));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(line: &str) -> Vec<String> {
        line.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn the_servers_rate_and_block_take_the_place_of_others() {
        let server = Server { rate_hz: 44_100, block: 256 };
        for line in [
            "anne -b jack -r 48000 -p 512 --tempo 90",
            "anne -b jack --sample-rate=96000 --tempo 90",
            "anne -b jack -r96000 -p64 --tempo 90",
            "anne --period-size 64 -b jack --tempo 90 --sample-rate 1",
        ] {
            let found = served(list(line), server).join(" ");
            assert_eq!(
                found, "anne -b jack --tempo 90 --sample-rate=44100 --period-size=2048",
                "{line}"
            );
        }
        let long = served(list("anne"), Server { rate_hz: 96_000, block: 8192 }).join(" ");
        assert_eq!(long, "anne --sample-rate=96000 --period-size=8192");
    }

    #[test]
    fn a_server_is_asked_only_where_it_may_be_used() {
        for line in [
            "anne",
            "anne -b jack",
            "anne --backend=auto",
            "anne --backend jack -r 48000",
            "anne -bjack",
        ] {
            assert!(may_use_jack(&list(line)), "{line}");
        }
        for line in [
            "anne -b alsa",
            "anne --backend=dummy",
            "anne --help",
            "anne -b jack -V",
            "anne -bdummy",
        ] {
            assert!(!may_use_jack(&list(line)), "{line}");
        }
    }
}
