//! Icons drawn from lines, so that they stay sharp at every scale and need no font.

use egui::{Color32, Painter, Pos2, Rect, Shape, Stroke, Vec2, pos2, vec2};

/// A picture on a button.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Icon {
    /// One step back in a list.
    Previous,
    /// One step on in a list.
    Next,
    /// A list opens below.
    Down,
    /// Take the last change back.
    Undo,
    /// Make the change again.
    Redo,
    /// On and off.
    Power,
    /// Start playing.
    Play,
    /// Stop playing.
    Stop,
    /// A closed padlock.
    Locked,
    /// An open padlock.
    Unlocked,
    /// A die: random values.
    Dice,
    /// A magnifying glass.
    Search,
    /// A folder.
    Folder,
    /// Write to a file.
    Save,
    /// Remove.
    Delete,
    /// The one in use.
    Check,
    /// Attention.
    Warning,
    /// Close, dismiss.
    Close,
    /// Hold the sound still.
    Freeze,
    /// A sound wave.
    Wave,
    /// A pair of scales: two at one loudness.
    Balance,
    /// Record.
    Record,
    /// One more.
    Add,
    /// Not among the favourites.
    Star,
    /// Among the favourites.
    Starred,
}

struct Pen<'a> {
    painter: &'a Painter,
    centre: Pos2,
    unit: f32,
    stroke: Stroke,
}

impl Pen<'_> {
    fn at(&self, point: (f32, f32)) -> Pos2 {
        let (x, y) = point;
        self.centre + vec2(x, y) * self.unit
    }

    fn line(&self, points: &[(f32, f32)]) {
        self.painter.add(Shape::line(points.iter().map(|&p| self.at(p)).collect(), self.stroke));
    }

    fn closed(&self, points: &[(f32, f32)]) {
        self.painter
            .add(Shape::closed_line(points.iter().map(|&p| self.at(p)).collect(), self.stroke));
    }

    fn filled(&self, points: &[(f32, f32)]) {
        let points = points.iter().map(|&p| self.at(p)).collect();
        self.painter.add(Shape::convex_polygon(points, self.stroke.color, Stroke::NONE));
    }

    /// An arc around `centre`, from and to angles in degrees (0 is right, 90 is down).
    fn arc(&self, centre: (f32, f32), radius: f32, from: f32, to: f32) {
        let points =
            arc_points(self.at(centre), radius * self.unit, from.to_radians(), to.to_radians());
        self.painter.add(Shape::line(points, self.stroke));
    }

    fn dot(&self, centre: (f32, f32), radius: f32) {
        self.painter.circle_filled(self.at(centre), radius * self.unit, self.stroke.color);
    }

    fn rect(&self, min: (f32, f32), max: (f32, f32)) {
        let rect = Rect::from_min_max(self.at(min), self.at(max));
        self.painter.rect_stroke(rect, 1.5 * self.unit, self.stroke, egui::StrokeKind::Middle);
    }
}

/// Points along an arc, close enough to look round; angles in radians, 0 to the right, growing
/// clockwise on the screen.
#[must_use]
pub fn arc_points(centre: Pos2, radius: f32, from: f32, to: f32) -> Vec<Pos2> {
    let steps = (((to - from).abs() * radius / 2.0).ceil() as usize).clamp(2, 128);
    (0..=steps)
        .map(|i| {
            let angle = from + (to - from) * i as f32 / steps as f32;
            centre + Vec2::angled(angle) * radius
        })
        .collect()
}

/// Draws `icon` around `centre` in a square of `size` logical pixels.
pub fn paint_icon(painter: &Painter, icon: Icon, centre: Pos2, size: f32, colour: Color32) {
    // The pictures are drawn on a grid of 16 units.
    let unit = size / 16.0;
    let pen = Pen { painter, centre, unit, stroke: Stroke::new(1.5 * unit, colour) };
    match icon {
        Icon::Previous => pen.line(&[(2.0, -5.0), (-3.0, 0.0), (2.0, 5.0)]),
        Icon::Next => pen.line(&[(-2.0, -5.0), (3.0, 0.0), (-2.0, 5.0)]),
        Icon::Down => pen.line(&[(-4.0, -2.0), (0.0, 2.0), (4.0, -2.0)]),
        Icon::Undo => turn(&pen, -1.0),
        Icon::Redo => turn(&pen, 1.0),
        Icon::Power => {
            pen.arc((0.0, 0.5), 5.5, -50.0, 230.0);
            pen.line(&[(0.0, -6.5), (0.0, -0.5)]);
        }
        Icon::Play => pen.filled(&[(-4.0, -6.0), (6.0, 0.0), (-4.0, 6.0)]),
        Icon::Stop => pen.filled(&[(-5.0, -5.0), (5.0, -5.0), (5.0, 5.0), (-5.0, 5.0)]),
        Icon::Locked | Icon::Unlocked => {
            pen.rect((-4.5, -0.5), (4.5, 6.5));
            let lean = if icon == Icon::Locked { 0.0 } else { 5.6 };
            pen.arc((lean, -2.5), 2.8, 180.0, 360.0);
            pen.line(&[(lean - 2.8, -2.5), (lean - 2.8, -0.5)]);
            if icon == Icon::Locked {
                pen.line(&[(2.8, -2.5), (2.8, -0.5)]);
            }
        }
        Icon::Dice => {
            pen.rect((-6.0, -6.0), (6.0, 6.0));
            for dot in [(-2.6, -2.6), (2.6, -2.6), (0.0, 0.0), (-2.6, 2.6), (2.6, 2.6)] {
                pen.dot(dot, 1.15);
            }
        }
        Icon::Search => {
            pen.arc((-1.0, -1.0), 4.5, 0.0, 360.0);
            pen.line(&[(2.3, 2.3), (6.0, 6.0)]);
        }
        Icon::Folder => pen.closed(&[
            (-6.5, -5.0),
            (-2.0, -5.0),
            (-0.5, -3.0),
            (6.5, -3.0),
            (6.5, 5.5),
            (-6.5, 5.5),
        ]),
        Icon::Save => {
            pen.line(&[(0.0, -6.5), (0.0, 2.0)]);
            pen.line(&[(-3.5, -1.5), (0.0, 2.0), (3.5, -1.5)]);
            pen.line(&[(-6.0, 2.5), (-6.0, 6.0), (6.0, 6.0), (6.0, 2.5)]);
        }
        Icon::Delete => {
            pen.line(&[(-5.5, -4.0), (5.5, -4.0)]);
            pen.line(&[(-2.0, -4.0), (-2.0, -6.3), (2.0, -6.3), (2.0, -4.0)]);
            pen.line(&[(-4.2, -4.0), (-3.4, 6.3), (3.4, 6.3), (4.2, -4.0)]);
        }
        Icon::Check => pen.line(&[(-5.0, 0.5), (-1.5, 4.0), (5.5, -4.0)]),
        Icon::Warning => {
            pen.closed(&[(0.0, -6.0), (7.0, 6.0), (-7.0, 6.0)]);
            pen.line(&[(0.0, -2.0), (0.0, 2.2)]);
            pen.dot((0.0, 4.2), 0.9);
        }
        Icon::Close => {
            pen.line(&[(-4.0, -4.0), (4.0, 4.0)]);
            pen.line(&[(4.0, -4.0), (-4.0, 4.0)]);
        }
        Icon::Freeze => {
            for turn in [0.0_f32, 60.0, 120.0] {
                let along = Vec2::angled((turn + 90.0).to_radians());
                pen.line(&[(along.x * -6.5, along.y * -6.5), (along.x * 6.5, along.y * 6.5)]);
                for end in [-1.0, 1.0] {
                    let fork = along * (4.0 * end);
                    for side in [-45.0_f32, 45.0] {
                        let tip =
                            fork + Vec2::angled((turn + 90.0 + side).to_radians()) * (2.4 * end);
                        pen.line(&[(fork.x, fork.y), (tip.x, tip.y)]);
                    }
                }
            }
        }
        Icon::Wave => {
            let points: Vec<(f32, f32)> = (0..=24)
                .map(|i| {
                    let x = i as f32 / 24.0;
                    (
                        x * 14.0 - 7.0,
                        (x * std::f32::consts::TAU * 1.5).sin()
                            * 5.0
                            * (x * std::f32::consts::PI).sin(),
                    )
                })
                .collect();
            pen.line(&points);
        }
        Icon::Balance => {
            pen.line(&[(0.0, -6.0), (0.0, 6.0)]);
            pen.line(&[(-3.0, 6.0), (3.0, 6.0)]);
            pen.line(&[(-5.0, -4.5), (5.0, -4.5)]);
            for side in [-5.0, 5.0] {
                pen.line(&[(side - 2.2, 1.5), (side, -4.5), (side + 2.2, 1.5)]);
                pen.arc((side, 1.0), 2.4, 10.0, 170.0);
            }
        }
        Icon::Record => pen.dot((0.0, 0.0), 5.0),
        Icon::Star | Icon::Starred => star(&pen, icon == Icon::Starred),
        Icon::Add => {
            pen.line(&[(-5.0, 0.0), (5.0, 0.0)]);
            pen.line(&[(0.0, -5.0), (0.0, 5.0)]);
        }
    }
}

/// A star of five points, filled or not.
fn star(pen: &Pen<'_>, filled: bool) {
    let corners: Vec<(f32, f32)> = (0..10)
        .map(|corner| {
            let radius = if corner % 2 == 0 { 7.0 } else { 3.0 };
            let (sin, cos) = (std::f32::consts::PI * (corner as f32 / 5.0 - 0.5)).sin_cos();
            (radius * cos, radius * sin + 0.5)
        })
        .collect();
    if filled {
        // It is not convex: five points around a middle.
        for point in (0..10).step_by(2) {
            pen.filled(&[
                corners[(point + 9) % 10],
                corners[point],
                corners[(point + 1) % 10],
                (0.0, 0.5),
            ]);
        }
    }
    pen.closed(&corners);
}

/// The bent arrow of undo (`side` −1) and redo (1).
fn turn(pen: &Pen<'_>, side: f32) {
    let mirrored =
        |points: &[(f32, f32)]| points.iter().map(|&(x, y)| (x * side, y)).collect::<Vec<_>>();
    pen.line(&mirrored(&[(2.5, -6.0), (6.0, -2.5), (2.5, 1.0)]));
    let bow = arc_points(pos2(-1.8, 1.5), 4.0, (-90.0_f32).to_radians(), (-270.0_f32).to_radians());
    let mut line = vec![(6.0, -2.5)];
    line.extend(bow.iter().map(|p| (p.x, p.y)));
    line.push((1.5, 5.5));
    pen.line(&mirrored(&line));
}
