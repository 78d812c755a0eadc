use super::*;

/// A training of one weight: each step adds the rate to it, and its loss is what the plan says.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Place {
    steps: u64,
    weight: f32,
    least: f64,
    setbacks: u32,
}

const BEGINNING: Place = Place { steps: 0, weight: 0.0, least: f64::INFINITY, setbacks: 0 };

#[derive(Debug, PartialEq)]
struct Counting;

impl Kind for Counting {
    type Position = Place;
    type Look = f64;
    type Learner = ();
}

fn tensors(weight: f32) -> Tensors {
    let tensor = nfx_core::file::Tensor { shape: vec![1], data: vec![weight] };
    Tensors::from([("weight".to_owned(), tensor)])
}

/// Looks after every third step; a figure is the distance of the weight from a wish.
struct Fake {
    place: Place,
    most: u64,
    wish: f32,
    good: Option<f64>,
    /// The first step whose loss is no number, and how many are.
    lost: (u64, u64),
    looked: u64,
    calls: Vec<String>,
}

impl Fake {
    fn new(place: Place, most: u64, wish: f32) -> Self {
        let calls = Vec::new();
        Fake { place, most, wish, good: None, lost: (0, 0), looked: place.steps, calls }
    }
}

impl Task for Fake {
    type Kind = Counting;

    fn learner(&self) -> &() {
        &()
    }
    fn position(&self) -> &Place {
        &self.place
    }
    fn share(&self) -> f64 {
        self.place.steps as f64 / self.most as f64
    }
    fn rate(&self) -> f64 {
        1.0 - 0.5 * self.share()
    }
    fn over(&self) -> Option<Ending> {
        (self.place.steps >= self.most).then_some(Ending::Budget)
    }
    fn look_is_due(&mut self, ending: Option<Ending>) -> bool {
        ending == Some(Ending::Budget) || self.place.steps >= self.looked + 3
    }
    fn look(&mut self, rate: f64) -> Result<Looked<f64>> {
        self.calls.push(format!("look at rate {rate:.2}"));
        self.looked = self.place.steps;
        let look = f64::from((self.place.weight - self.wish).abs());
        let verdict = if look < self.place.least {
            self.place.least = look;
            Verdict::Best(tensors(self.place.weight))
        } else {
            Verdict::Behind
        };
        Ok(Looked { found: Some(Found { look, verdict }), lost: None })
    }
    fn settle(&mut self, looked: bool, ending: Option<Ending>) -> Option<Ending> {
        let good = self.good.is_some_and(|good| looked && self.place.least <= good);
        if good { Some(Ending::Good) } else { ending }
    }
    fn step(&mut self, rate: f64) -> Result<f64> {
        self.calls.push(format!("step at rate {rate:.2}"));
        self.place.weight += rate as f32;
        let (first, many) = self.lost;
        let lost = (first..first + many).contains(&self.place.steps);
        Ok(if lost { f64::NAN } else { f64::from(self.place.weight) })
    }
    fn count(&mut self, loss: f64) -> f64 {
        self.place.steps += 1;
        loss
    }
    fn set_back(&mut self, why: &str) -> Result<bool> {
        self.calls.push(format!("back: {why}"));
        self.place.steps += 1;
        self.place.setbacks += 1;
        Ok(self.place.setbacks <= 2)
    }
    fn restore(&mut self, best: Option<&Tensors>) -> Result<()> {
        self.place.weight = best.map_or(0.0, |best| best["weight"].data[0]);
        Ok(())
    }
}

/// Notes what it is told, and asks to stop before a step.
#[derive(Default)]
struct Notes {
    lines: Vec<String>,
    stop_at: Option<u64>,
    steps: u64,
    kept: Option<Place>,
}

impl Monitor<Counting> for Notes {
    fn step(&mut self, share: f64, position: &Place, loss: f64) {
        self.steps = position.steps;
        self.lines.push(format!("{share:.2} {loss:.2}"));
    }
    fn look(&mut self, look: &f64) -> Result<()> {
        self.lines.push(format!("look {look:.2}"));
        Ok(())
    }
    fn best(&mut self, _: &(), weights: &Tensors, look: &f64) -> Result<()> {
        self.lines.push(format!("best {:.2} of {look:.2}", weights["weight"].data[0]));
        Ok(())
    }
    fn setback(&mut self, position: &Place, _: &str) {
        self.lines.push(format!("setback {}", position.setbacks));
    }
    fn checkpoint(&mut self, position: &Place, _: &(), last: bool) -> Result<()> {
        self.lines.push(format!("checkpoint {last}"));
        self.kept = Some(*position);
        Ok(())
    }
    fn stop(&mut self) -> bool {
        self.stop_at.is_some_and(|steps| self.steps >= steps)
    }
}

#[test]
fn a_look_follows_its_step_the_best_weights_are_kept_and_a_checkpoint_follows_the_look() {
    let (mut task, mut notes) = (Fake::new(BEGINNING, 4, 2.7), Notes::default());
    let out = run(&mut task, &mut notes).expect("trained");
    assert_eq!(
        task.calls,
        [
            "step at rate 1.00",
            "step at rate 0.88",
            "step at rate 0.75",
            "look at rate 0.62",
            "step at rate 0.62",
            "look at rate 0.50"
        ]
    );
    assert_eq!(
        notes.lines,
        [
            "0.25 1.00",
            "0.50 1.88",
            "0.75 2.62",
            "best 2.62 of 0.08",
            "look 0.08",
            "checkpoint false",
            "1.00 3.25",
            "look 0.55",
            "checkpoint true"
        ]
    );
    assert_eq!((out.ending, out.position, out.looks.len()), (Ending::Budget, task.place, 2));
    assert_eq!(out.best, Some(tensors(2.625)));
}

#[test]
fn what_was_stopped_goes_on_as_if_it_had_not_been() {
    let mut whole = Fake::new(BEGINNING, 12, 4.0);
    let want = run(&mut whole, &mut Unwatched).expect("trained");
    for stop_at in 0..12 {
        let mut first = Fake::new(BEGINNING, 12, 4.0);
        let mut notes = Notes { stop_at: Some(stop_at), ..Notes::default() };
        let part = run(&mut first, &mut notes).expect("stopped");
        let place = notes.kept.expect("a checkpoint");
        assert_eq!((part.ending, place.steps), (Ending::Asked, stop_at));
        assert_eq!(notes.lines.last().expect("lines"), "checkpoint true");
        let mut second = Fake { looked: first.looked, ..Fake::new(place, 12, 4.0) };
        let rest = run(&mut second, &mut Unwatched).expect("trained");
        assert_eq!((rest.ending, rest.position), (want.ending, want.position));
        assert_eq!([part.looks, rest.looks].concat(), want.looks, "stopped at {stop_at}");
        assert_eq!(rest.best.or(part.best), want.best);
        assert_eq!([first.calls, second.calls].concat(), whole.calls);
    }
}

#[test]
fn a_lost_loss_goes_back_to_the_best_weights_and_again_and_again_ends() {
    let mut task = Fake { lost: (4, 1), ..Fake::new(BEGINNING, 6, 2.0) };
    let mut notes = Notes::default();
    let out = run(&mut task, &mut notes).expect("trained");
    let best = out.best.as_ref().expect("a look")["weight"].data[0];
    assert_eq!((out.ending, out.position.setbacks), (Ending::Budget, 1));
    let (_, after) = notes
        .lines
        .split_at(notes.lines.iter().position(|line| line == "setback 1").expect("a setback"));
    let next = f64::from(best) + 1.0 - 0.5 * 5.0 / 6.0;
    assert_eq!(after[1], format!("1.00 {next:.2}"));

    let mut task = Fake { lost: (4, 9), ..Fake::new(BEGINNING, 20, 2.0) };
    let mut notes = Notes::default();
    let out = run(&mut task, &mut notes).expect("trained");
    assert_eq!((out.ending, out.position.setbacks), (Ending::Lost, 3));
    assert_eq!(out.best, Some(tensors(task.place.weight)), "it is left at its best weights");
    assert_eq!(notes.lines.last().expect("lines"), "setback 3", "no checkpoint of what is lost");
}

#[test]
fn a_used_up_budget_makes_no_step_and_a_good_look_ends_before_it() {
    let mut task = Fake::new(Place { steps: 5, ..BEGINNING }, 5, 1.0);
    let out = run(&mut task, &mut Unwatched).expect("looked");
    assert_eq!(
        (out.ending, task.calls.as_slice()),
        (Ending::Budget, &["look at rate 0.50".to_owned()][..])
    );
    let mut task = Fake { good: Some(1.0), ..Fake::new(BEGINNING, 100, 3.0) };
    let out = run(&mut task, &mut Unwatched).expect("trained");
    assert_eq!((out.ending, out.position.steps), (Ending::Good, 3));
}

#[test]
fn seconds_go_on_from_those_before() {
    let watch = Stopwatch { now: || 12.0, before: 30.0, started: 10.0 };
    assert_eq!(watch.seconds(), 32.0);
    assert_eq!(seconds_left(30.0, 0.75), 10.0);
}
