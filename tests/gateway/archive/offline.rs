//! An export before a court: checked by the program alone, from another folder, without configuration, key or gateway; whatever was
//! changed is named, also where every checksum was written anew.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output};

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::*;
use crate::world::gateway::output;

/// An export of two mails, and what the school says to whoever checks it.
struct Exported {
    folder: PathBuf,
    references: [String; 2],
    key: String,
    gateway: Gateway,
    _upstream: Upstream,
}

const GLASS: [&str; 4] = ["archive", "export", "--break-glass", "a test of the proofs"];

fn exported() -> Exported {
    let upstream = Upstream::start();
    let gateway = school(&upstream, NOTICE);
    let references = ["Monday", "Tuesday"].map(|day| send(&gateway, "parent@example.com", day, "Xylophones.\r\n"));
    wait_for_index(&gateway);
    wait_until("both are delivered", Duration::from_secs(20), || (events(&gateway, "delivered").len() == 2).then_some(()));
    let folder = gateway.path("bag");
    gateway.succeed(&[&GLASS[..], &["--with", "copies,mbox", "--to", text(&folder), "xylophones"]].concat(), "");
    let key = gateway.succeed(&["archive", "checkpoint", "--key"], "").trim().to_owned();
    Exported { folder, references, key, gateway, _upstream: upstream }
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a plain path")
}

/// Checks an export from an empty folder, with nothing in the environment.
fn verify(place: &Path, more: &[&str]) -> Output {
    let elsewhere = tempfile::tempdir().unwrap();
    let mut program = Gateway::program();
    program.args(["archive", "verify", text(place)]).args(more).current_dir(elsewhere.path()).env_clear();
    output(program, "")
}

fn faults(place: &Path, more: &[&str]) -> Vec<String> {
    let checked = verify(place, &[&["--json"], more].concat());
    let document: Value = serde_json::from_slice(&checked.stdout).expect("one JSON document");
    let faults: Vec<String> = serde_json::from_value(document["faults"].clone()).unwrap();
    assert_eq!(checked.status.code(), Some(i32::from(!faults.is_empty())), "{document}");
    faults
}

/// A copy of the export that somebody worked on: before and after all checksums of the bag were written anew.
fn worked_on(folder: &Path, work: impl Fn(&Path)) -> [Vec<String>; 2] {
    let place = tempfile::tempdir().unwrap();
    let copy = place.path().join("copy");
    assert!(Command::new("cp").args(["-r", text(folder), text(&copy)]).status().unwrap().success());
    work(&copy);
    let plain = faults(&copy, &[]);
    seal(&copy);
    [plain, faults(&copy, &[])]
}

fn seal(bag: &Path) {
    let sums = |list: &str, paths: &[String]| {
        let sums = Command::new("sha256sum").args(paths).current_dir(bag).output().unwrap();
        fs::write(bag.join(list), sums.stdout).unwrap();
    };
    let payload = files(&bag.join("data")).into_iter().map(|file| text(file.strip_prefix(bag).unwrap()).to_owned());
    sums("manifest-sha256.txt", &payload.collect::<Vec<_>>());
    sums("tagmanifest-sha256.txt", &["bagit.txt", "bag-info.txt", "manifest-sha256.txt"].map(str::to_owned));
}

fn change(file: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(file).unwrap();
    assert!(text.contains(from), "{from} in {text}");
    fs::write(file, text.replacen(from, to, 1)).unwrap();
}

fn names(faults: &[String], told: &str) {
    assert!(faults.iter().any(|fault| fault.contains(told)), "{told} in {faults:?}");
}

#[test]
fn an_export_is_verified_anywhere_by_itself() {
    let Exported { folder, key, mut gateway, _upstream, .. } = exported();
    let zip = gateway.path("bag.zip");
    gateway.succeed(&[&GLASS[..], &["--to", text(&zip), "xylophones"]].concat(), "");
    wait_for_index(&gateway); // the letters about the glass too
    let all = gateway.path("all");
    gateway.succeed(&[&GLASS[..], &["--to", text(&all)]].concat(), "");
    let key_file = gateway.path("key.txt");
    fs::write(&key_file, format!("{key}\n")).unwrap();
    gateway.stop();
    for (place, count) in [(&folder, 10), (&zip, 7)] {
        let said = verify(place, &[]);
        let text = String::from_utf8_lossy(&said.stdout).into_owned();
        assert!(said.status.success(), "{text}");
        assert!(text.contains("the key came with the export itself") && text.contains(&key), "{text}");
        assert!(text.contains(&format!("2 mails, {count} files, checkpoint of 20")), "{text}");
        assert_eq!(
            text.contains("2 copies are proven to have been delivered as they are; 0 were not"),
            place == &folder,
            "{text}"
        );
        assert!(text.trim_end().ends_with(": all as they were exported and archived"), "{text}");
        for given in [key.as_str(), self::text(&key_file)] {
            let said = verify(place, &["--key", given]);
            let text = String::from_utf8_lossy(&said.stdout).into_owned();
            assert!(said.status.success() && !text.contains("came with the export"), "{text}");
        }
    }
    assert_eq!(faults(&all, &[]), Vec::<String>::new());
    let said = String::from_utf8(verify(&all, &[]).stdout).unwrap();
    assert!(!said.contains("letters of the gateway"), "letters about the glass are mails too, and proven: {said}");
    assert_eq!(verify(&folder, &["--checkpoint", "x"]).status.code(), Some(2));
    let nothing = verify(Path::new("nosuch"), &[]);
    assert_eq!((nothing.status.code(), nothing.stdout), (Some(1), Vec::new()));
}

#[test]
fn whatever_was_changed_in_an_export_is_named() {
    let Exported { folder, references: [one, two], key, gateway: _running, _upstream } = exported();
    let mail = format!("data/mails/{one}.eml");
    let proof = format!("data/proofs/{one}.json");

    let [plain, sealed] = worked_on(&folder, |bag| change(&bag.join(&mail), "Xylophones", "Xylophonex"));
    names(&plain, &format!("{mail} is not as it was written"));
    assert_eq!(sealed, [format!("{one}: the SHA-256 of its bytes is not the one of data/manifest.json")]);

    let [plain, sealed] = worked_on(&folder, |bag| change(&bag.join(&proof), "\"at\":1", "\"at\":2"));
    names(&plain, &format!("{proof} is not as it was written"));
    assert_eq!(sealed, [format!("{one}: the entry about it is not in the ledger of the checkpoint")]);

    let [plain, sealed] = worked_on(&folder, |bag| change(&bag.join("data/checkpoint.txt"), "mails ", "mails 1"));
    names(&plain, "data/checkpoint.txt is not as it was written");
    names(&sealed, "data/checkpoint.txt: the checkpoint is not signed by");

    let [plain, sealed] = worked_on(&folder, |bag| fs::remove_file(bag.join(&proof)).unwrap());
    names(&plain, &format!("{proof} cannot be read"));
    assert!(sealed.len() == 1 && sealed[0].starts_with(&format!("{one}: there is no proof of it")), "{sealed:?}");

    let [plain, sealed] = worked_on(&folder, |bag| fs::write(bag.join("data/mails/more.eml"), b"x").unwrap());
    names(&plain, "data/mails/more.eml was added: the manifest does not name it");
    assert_eq!(sealed, ["data/mails/more.eml was added: data/manifest.json does not name it"]);

    let [_, sealed] = worked_on(&folder, |bag| drop(fs::copy(bag.join(format!("data/proofs/{two}.json")), bag.join(&proof))));
    assert_eq!(sealed, [format!("{one}: {proof} is the proof of {two}")]);

    let [plain, sealed] = worked_on(&folder, |bag| change(&bag.join(format!("data/copies/{one}-1.eml")), "Xylophones", "Z"));
    names(&plain, &format!("data/copies/{one}-1.eml is not as it was written"));
    names(&sealed, &format!("data/copies/{one}-1.eml: its SHA-256 is not the one of data/manifest.json"));

    let other = key.replacen("mail.", "post.", 1);
    names(&faults(&folder, &["--key", &other]), "data/checkpoint.txt: the checkpoint is not signed by post.");
    assert_eq!(faults(&folder, &["--key", &key]), Vec::<String>::new());
}

#[test]
fn what_was_swapped_with_all_checksums_is_found_by_its_proof_alone() {
    let Exported { folder, references: [one, two], gateway: _running, _upstream, .. } = exported();
    let sum = |file: &Path| {
        let said = Command::new("sha256sum").arg(file).output().unwrap().stdout;
        String::from_utf8(said).unwrap().split(' ').next().unwrap().to_owned()
    };
    let swapped = |file: String| {
        let [_, sealed] = worked_on(&folder, |bag| {
            let file = bag.join(&file);
            let was = sum(&file);
            change(&file, "Xylophones", "Marmalade");
            change(&bag.join("data/manifest.json"), &was, &sum(&file));
        });
        sealed
    };
    assert_eq!(swapped(format!("data/mails/{one}.eml")), [format!("{one}: its bytes are not those that were accepted")]);
    assert_eq!(
        swapped(format!("data/copies/{two}-1.eml")),
        [format!("{two}: the bytes of copy 1 are not those that were delivered")]
    );
    // A delivery that the ledger does not know.
    let [_, sealed] = worked_on(&folder, |bag| {
        change(&bag.join(format!("data/proofs/{one}.json")), "\\\"reply\\\":\\\"2", "\\\"reply\\\":\\\"3");
    });
    assert_eq!(sealed, [format!("{one}: the entry about it is not in the ledger of the checkpoint")]);
}

#[test]
fn a_zip_file_that_somebody_made_is_read_with_care() {
    let Exported { folder, references: [one, _], gateway, _upstream, .. } = exported();
    let packed = |name: &str, work: &dyn Fn(&mut ZipWriter<File>)| {
        let to = gateway.path(name);
        let mut zip = ZipWriter::new(File::create(&to).unwrap());
        for file in files(&folder) {
            zip.start_file(text(file.strip_prefix(&folder).unwrap()), SimpleFileOptions::default()).unwrap();
            zip.write_all(&fs::read(file).unwrap()).unwrap();
        }
        work(&mut zip);
        zip.finish().unwrap();
        to
    };
    assert_eq!(faults(&packed("whole.zip", &|_| {}), &[]), Vec::<String>::new());
    let outside = packed("outside.zip", &|zip| zip.start_file("../more.eml", SimpleFileOptions::default()).unwrap());
    assert_eq!(faults(&outside, &[]), ["../more.eml leads out of the export"]);
    let mail = format!("data/mails/{one}.eml");
    let added = packed("added.zip", &|zip| zip.start_file("data/mails/\u{1b}[2J", SimpleFileOptions::default()).unwrap());
    assert_eq!(faults(&added, &[]), ["data/mails/ [2J was added: the manifest does not name it"]);
    let twice = packed("twice.zip", &|zip| zip.shallow_copy_file(&mail, "data/again.eml").unwrap());
    let said = verify(&twice, &[]);
    assert_eq!(said.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&said.stderr).contains("the same bytes"), "{said:?}");

    change(&folder.join(&mail), "Xylophones", "Xylophonex");
    names(&faults(&packed("changed.zip", &|_| {}), &[]), &format!("{mail} is not as it was written"));
}
