//! The page: shows what the library says of the texts that lie open in it.

#![allow(unreachable_pub, reason = "`pub` says what a component offers to the others")]

mod ui;

fn main() {
    ui::start();
}
