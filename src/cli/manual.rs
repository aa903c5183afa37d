//! `schoolgate man`: one page with every command, its options and its example, out of the command line itself.

use std::io;

use clap::Command;
use clap_mangen::Man;

/// The page as roff: the program first, then a section for each command that does something.
///
/// # Errors
/// None but those of writing to memory.
pub fn page(mut program: Command) -> io::Result<Vec<u8>> {
    program.build(); // gives each command its whole name, such as `schoolgate queue list`
    let mut page = Vec::new();
    Man::new(program.clone()).render(&mut page)?;
    commands(&program, &mut page)?;
    Ok(page)
}

fn commands(above: &Command, page: &mut Vec<u8>) -> io::Result<()> {
    for command in above.get_subcommands().filter(|command| command.get_name() != "help") {
        if command.has_subcommands() {
            commands(command, page)?;
        } else {
            one(command, page)?;
        }
    }
    Ok(())
}

/// A command under a heading of its own; the headings inside it become smaller ones.
fn one(command: &Command, page: &mut Vec<u8>) -> io::Result<()> {
    let name = command.get_bin_name().unwrap_or_else(|| command.get_name()).to_uppercase();
    let man = Man::new(command.clone());
    let mut text = Vec::new();
    man.render_description_section(&mut text)?;
    man.render_synopsis_section(&mut text)?;
    man.render_options_section(&mut text)?;
    man.render_extra_section(&mut text)?;
    page.extend_from_slice(format!(".SH \"{name}\"\n").as_bytes());
    page.extend_from_slice(String::from_utf8_lossy(&text).replace(".SH ", ".SS ").as_bytes());
    Ok(())
}
