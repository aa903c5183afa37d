use std::io::{Cursor, Write};

use super::{appended, kind, traits};
use crate::extract::contents::Trait;
use crate::extract::kind::Kind;

fn is(bytes: &[u8], name: &str, expected: Kind) {
    assert_eq!(kind(bytes, name), expected, "{name}: {:?}", String::from_utf8_lossy(&bytes[..bytes.len().min(60)]));
}

fn zip(entries: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in entries {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(content.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn ole(streams: &[&str]) -> Vec<u8> {
    let mut file = cfb::CompoundFile::create(Cursor::new(Vec::new())).unwrap();
    for stream in streams {
        if let Some((folder, _)) = stream.rsplit_once('/') {
            file.create_storage_all(format!("/{folder}")).unwrap();
        }
        file.create_stream(format!("/{stream}")).unwrap().write_all(b"content").unwrap();
    }
    file.flush().unwrap();
    file.into_inner().into_inner()
}

fn program() -> Vec<u8> {
    let mut program = vec![0; 256];
    program[..2].copy_from_slice(b"MZ");
    program[0x3c] = 0x80;
    program[0x80..0x84].copy_from_slice(b"PE\0\0");
    program
}

#[test]
fn marks_at_the_beginning_tell() {
    is(b"", "x.pdf", Kind::Empty);
    is(b"%PDF-1.7\n1 0 obj", "", Kind::Pdf);
    is(&[b"junk\0\x01\x02\n".as_slice(), b"%PDF-1.4\n1 0 obj <<>> endobj"].concat(), "", Kind::Pdf);
    is(b"The mark %PDF-1.4 stands at the beginning.", "", Kind::Text);
    is(b"{\\rtf1\\ansi x}", "a.doc", Kind::Rtf);
    is(b"\x7fELF\x02\x01\x01", "", Kind::Elf);
    is(b"\xca\xfe\xba\xbe\0\0\0\x34\0\x10", "", Kind::JavaClass);
    is(b"\xca\xfe\xba\xbe\0\0\0\x02\x01\0\0\x07", "", Kind::MachO);
    is(b"\x4c\0\0\0\x01\x14\x02\0\0\0\0\0\xc0\0\0\0\0\0\0\x46\x81", "", Kind::Shortcut);
    is(b"BZh91AY&SY....", "", Kind::Bzip2);
    is(b"Rar!\x1a\x07\x01\0", "", Kind::Rar);
    is(b"\x78\x9f\x3e\x22\0\0", "winmail.dat", Kind::Tnef);
    is(b"\xff\xd8\xff\xe0\0\x10JFIF", "", Kind::Jpeg);
    is(b"RIFF\0\0\0\0WAVEfmt ", "", Kind::Audio);
    is(b"\0\0\0\x18ftypheic\0\0", "", Kind::Heic);
    is(b"\0\0\0\x18ftypisom\0\0", "x.mp4", Kind::Video);
    is(b"\x76\xe8\x04\x60\xc4\x11\xe3\x86\x01", "message.rpmsg", Kind::RightsManaged);
    is(b"BM starts a sentence too, and it goes on.", "", Kind::Text);
    is(b"MZ is what a program begins with, and this text too; it goes on for more than sixty-four octets.", "", Kind::Text);
    is(&program(), "x.txt", Kind::WindowsProgram);
    is(&[0x90, 0x13, 0xfe, 0x81, 0x02, 0x0f, 0x00, 0x42].repeat(40), "x", Kind::Unknown);
}

#[test]
fn disks_and_tapes_have_their_marks_further_in() {
    let mut disk = vec![0; 40_000];
    disk[32_769..32_774].copy_from_slice(b"CD001");
    is(&disk, "x.bin", Kind::DiskImage);
    let mut image = vec![0; 4096];
    image[4096 - 512..4096 - 504].copy_from_slice(b"conectix");
    is(&image, "x", Kind::DiskImage);
    let mut tape = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_old();
    header.set_size(5);
    header.set_cksum();
    tape.append_data(&mut header, "list.txt", b"hello".as_slice()).unwrap();
    is(&tape.into_inner().unwrap(), "x", Kind::Tar);
}

#[test]
fn a_zip_is_what_its_entries_say() {
    let types = |of: &str| format!("<Types><Override PartName=\"/a/b.xml\" ContentType=\"application/{of}+xml\"/></Types>");
    let office = |of: &str| zip(&[("a/b.xml", "<x/>"), ("[Content_Types].xml", &types(of))]);
    is(&office("vnd.openxmlformats-officedocument.wordprocessingml.document.main"), "x.zip", Kind::Docx);
    is(&office("vnd.ms-word.document.macroEnabled.main"), "", Kind::Docx);
    is(&office("vnd.openxmlformats-officedocument.spreadsheetml.sheet.main"), "", Kind::Xlsx);
    is(&office("vnd.ms-excel.sheet.macroEnabled.main"), "", Kind::Xlsx);
    is(&office("vnd.ms-excel.sheet.binary.macroEnabled.main"), "", Kind::Xlsb);
    is(&office("vnd.openxmlformats-officedocument.presentationml.slideshow.main"), "", Kind::Pptx);
    is(&zip(&[("mimetype", "application/vnd.oasis.opendocument.spreadsheet"), ("content.xml", "")]), "", Kind::Ods);
    is(&zip(&[("mimetype", "application/epub+zip")]), "", Kind::Epub);
    is(&zip(&[("META-INF/MANIFEST.MF", ""), ("A.class", "")]), "", Kind::JavaArchive);
    is(&zip(&[("META-INF/MANIFEST.MF", ""), ("AndroidManifest.xml", "")]), "", Kind::AndroidPackage);
    is(&zip(&[("Index/Document.iwa", "")]), "", Kind::IWork);
    is(&zip(&[("word/notes.txt", ""), ("xl.txt", "")]), "", Kind::Zip);
    is(&zip(&[]), "", Kind::Zip);
    let cut = office("vnd.openxmlformats-officedocument.wordprocessingml.document.main");
    is(&cut[..cut.len() - 30], "x.docx", Kind::Docx);
}

#[test]
fn a_compound_file_is_what_stands_at_its_top() {
    is(&ole(&["WordDocument", "1Table"]), "", Kind::Doc);
    is(&ole(&["Workbook", "MBD01/WordDocument"]), "", Kind::Xls);
    is(&ole(&["PowerPoint Document"]), "", Kind::Ppt);
    is(&ole(&["__properties_version1.0", "__attach_version1.0_#0/__properties_version1.0"]), "", Kind::OutlookMessage);
    is(&ole(&["EncryptionInfo", "EncryptedPackage"]), "x.docx", Kind::EncryptedOffice);
    is(&ole(&["\u{4840}\u{3f3f}"]), "", Kind::WindowsInstaller);
    is(&ole(&["Catalog"]), "thumbs.db", Kind::Ole);
    let many: Vec<String> = (0..2000).map(|n| format!("stream{n}")).chain(["Workbook".to_owned()]).collect();
    is(&ole(&many.iter().map(String::as_str).collect::<Vec<_>>()), "", Kind::Xls);
}

#[test]
fn a_compound_file_that_leads_in_circles_ends() {
    let mut file = ole(&["WordDocument"]);
    // The directory's sector follows itself, and an entry is its own neighbour.
    let directory = u32::from_le_bytes(*file[48..].first_chunk().unwrap()) as usize;
    let table = u32::from_le_bytes(*file[76..].first_chunk().unwrap()) as usize;
    let octets = if file[30] == 12 { 4096 } else { 512 };
    let place = (table + 1) * octets + directory * 4;
    file[place..place + 4].copy_from_slice(&(directory as u32).to_le_bytes());
    let entry = (directory + 1) * octets + 128;
    file[entry + 68..entry + 72].copy_from_slice(&1_u32.to_le_bytes());
    is(&file, "", Kind::Doc);
    is(&file[..600], "", Kind::Ole);
}

#[test]
fn texts_are_told_apart_by_strong_marks() {
    is(b"Dear all,\nplease find the list attached,\nbest wishes,\nAnn", "", Kind::Text);
    is(b"\n  BEGIN:VCALENDAR\r\nVERSION:2.0", "", Kind::Calendar);
    is(b"BEGIN:VCARD\nFN:Ann", "", Kind::VCard);
    is(b"<?xml version='1.0'?><!-- x --><census><UPN>1</UPN></census>", "", Kind::Xml);
    is(b"<?xml version='1.0'?><!DOCTYPE svg [<!ENTITY x 'y'>]><svg></svg>", "", Kind::Svg);
    is(b"<!DOCTYPE html><p>x", "", Kind::Html);
    is(b"plain words", "page.html", Kind::Html);
    is(b"<?xml version='1.0'?><office:document office:mimetype='application/vnd.oasis.opendocument.text'>", "x.fodt", Kind::Odt);
    is(b"<html><head><HTA:APPLICATION ID=x></head>", "x.html", Kind::Script);
    is(b"{\"name\": [1, 2]}", "", Kind::Json);
    is(b"{not json}", "", Kind::Text);
    is("[".repeat(100_000).as_bytes(), "", Kind::Text);
    is(b"#!/bin/sh\nrm x", "", Kind::Script);
    is(b"\xef\xbb\xbf@echo off\r\n", "a.txt", Kind::Script);
    is(b"Windows Registry Editor Version 5.00\r\n", "", Kind::Script);
    is(b"Set x = CreateObject(\"WScript.Shell\")\nOn Error Resume Next\nDim y", "", Kind::Script);
    is(b"This week: Invoke-Expression, and why a New-Object is one.", "lesson.txt", Kind::Text);
    is(b"print('hello')", "homework.py", Kind::Script);
    is(b"[InternetShortcut]\nURL=file://x", "", Kind::Shortcut);
    is(b"-----BEGIN PGP MESSAGE-----\n", "", Kind::PgpMessage);
    is(b"From: a@b.example\nSubject: x\nMIME-Version: 1.0\n\ntext", "", Kind::Mail);
    is(b"From a@b.example Mon Nov 2 10:00:00 2026\nFrom: a@b.example\nTo: b@b.example\n\nx", "", Kind::Mail);
    is(b"From: the office\nTo: all parents\n\nPlease come.", "note", Kind::Text);
    is("Größe und Übergröße\n".repeat(2000).as_bytes(), "", Kind::Text);
    let wide: Vec<u8> = "<html>x</html>".encode_utf16().flat_map(u16::to_le_bytes).collect();
    is(&wide, "", Kind::Html);
}

#[test]
fn lists_have_the_same_columns_in_each_line() {
    is(b"name;class\nAnn;7B", "", Kind::Csv);
    is(b"name,class,born\nAnn,7B,2014\n\"Lee, Bo\",7B,2015", "", Kind::Csv);
    is(b"name\tclass\nAnn\t7B\nBo\t7C", "x.txt", Kind::Csv);
    is(b"Ann", "one.csv", Kind::Csv);
    is(b"Dear Ann,\nthank you, and bye,\nBo", "", Kind::Text);
}

#[test]
fn what_runs_is_marked_by_content_or_by_name() {
    let has = |bytes: &[u8], name: &str, what: Trait| traits(kind(bytes, name), bytes, name).any(|found| found == what);
    assert!(has(&program(), "holiday.jpg", Trait::Executable));
    assert!(has(&program(), "holiday.jpg", Trait::Mismatch));
    assert!(!has(&program(), "setup.exe", Trait::Mismatch));
    for name in ["x.js", "x.VBS", "x.scr", "x.lnk", "x.hta", "x.iso", "x.jar", "x.reg", "x.ps1 "] {
        assert!(has(b"words", name, Trait::Executable), "{name}");
    }
    assert!(!has(b"words", "x.txt", Trait::Executable));
    assert!(traits(Kind::Unknown, b"", "list.exe").any(|found| found == Trait::Executable), "an entry that cannot be opened");
    assert!(traits(Kind::Unknown, b"", "invoice.pdf.exe").any(|found| found == Trait::MisleadingName));
}

#[test]
fn a_name_that_promises_something_else_is_a_mismatch_and_custom_is_none() {
    let differs = |bytes: &[u8], name: &str| traits(kind(bytes, name), bytes, name).any(|found| found == Trait::Mismatch);
    let docx = zip(&[("word/document.xml", ""), ("[Content_Types].xml", "")]);
    for (bytes, name) in [
        (b"{\\rtf1 x}".as_slice(), "a.doc"),
        (&docx, "a.doc"),
        (&docx, "a.docm"),
        (&docx, "a.zip"),
        (b"<html><p>x", "a.doc"),
        (b"\x89PNG\r\n\x1a\n", "photo.jpg"),
        (b"words", "a.whatever"),
        (b"words", "a"),
        (b"Ann", "a.csv"),
        (b"words", "key.pub"),
        (b"", "a.pdf"),
        (b"\xff\xfb\x90\x00\0\0\0\0", "a.mp3"),
    ] {
        assert!(!differs(bytes, name), "{name}");
    }
    for (bytes, name) in [
        (b"<html><table><tr><td>x".as_slice(), "a.xls"),
        (b"a;b\nc;d", "a.xls"),
        (&docx, "a.pdf"),
        (b"%PDF-1.4\n", "a.docx"),
        (b"words", "a.jpg"),
        (b"\x90\x13\xfe\x81\x02\x0f\0\x42", "a.pdf"),
        (&ole(&["WordDocument"]), "a.docx"),
    ] {
        assert!(differs(bytes, name), "{name}");
    }
}

#[test]
fn a_file_that_is_two_things_is_the_first_and_says_so() {
    let jar = zip(&[("META-INF/MANIFEST.MF", "Main-Class: X"), ("X.class", "")]);
    let both = [b"GIF89a\x01\0\x01\0\0\0\0;".as_slice(), &jar].concat();
    let found: Vec<Trait> = traits(kind(&both, "x.gif"), &both, "x.gif").collect();
    assert_eq!(kind(&both, "x.gif"), Kind::Gif);
    assert_eq!(found, [Trait::Executable, Trait::Mismatch]);
    assert_eq!(appended(Kind::Gif, &both), Some(14..both.len()));
    assert_eq!(appended(Kind::Zip, &jar), None);
    let junk = [[0x81, 0x13, 0, 0xff].repeat(9).as_slice(), &zip(&[("a.txt", "x")])].concat();
    is(&junk, "x.zip", Kind::Zip);
}

#[test]
fn the_corpus_is_what_it_is_called() {
    let Some(folder) = crate::extract::read::corpus_tests::attachments() else { return };
    for file in crate::message::corpus_tests::files(&folder) {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let is_encrypted =
            name.contains("password") && !name.contains("plain") && file.extension().is_some_and(|e| e == "docx" || e == "xlsx");
        let expected = match file.extension().and_then(|ending| ending.to_str()) {
            Some("docx" | "xlsx") if is_encrypted => Kind::EncryptedOffice,
            Some("docx") => Kind::Docx,
            Some("xlsx") => Kind::Xlsx,
            Some("doc") => Kind::Doc,
            Some("xls") => Kind::Xls,
            Some("ppt") => Kind::Ppt,
            // Some of them are text documents of LibreOffice.
            Some("zip") if kind(&std::fs::read(&file).unwrap(), "") == Kind::Odt => Kind::Odt,
            Some("zip") => Kind::Zip,
            _ => continue,
        };
        let bytes = std::fs::read(&file).unwrap();
        assert_eq!(kind(&bytes, ""), expected, "{name}");
    }
}
