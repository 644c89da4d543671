use std::io::Write;

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder};

use super::*;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A ustar archive of these files.
fn tar(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = Vec::new();
    for (name, bytes) in files {
        archive.extend(tar_header(name, bytes.len(), b'0'));
        archive.extend(*bytes);
        archive.resize(archive.len().next_multiple_of(512), 0);
    }
    archive.resize(archive.len() + 1024, 0);
    archive
}

fn tar_header(name: &str, len: usize, kind: u8) -> [u8; 512] {
    let mut header = [0; 512];
    header[..name.len()].copy_from_slice(name.as_bytes());
    header[124..136].copy_from_slice(format!("{len:011o}\0").as_bytes());
    header[156] = kind;
    header[257..263].copy_from_slice(b"ustar\0");
    header
}

/// A ZIP of these files, every second one deflated.
fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut archive, mut directory) = (Vec::new(), Vec::new());
    for (at, (name, bytes)) in files.iter().enumerate() {
        let (method, packed) = if at % 2 == 0 { (8u16, deflate(bytes)) } else { (0, bytes.to_vec()) };
        let local = archive.len() as u32;
        let fields = |out: &mut Vec<u8>| {
            out.extend([20, 0, 0, 0]);
            out.extend(method.to_le_bytes());
            out.extend([0; 8]);
            out.extend((packed.len() as u32).to_le_bytes());
            out.extend((bytes.len() as u32).to_le_bytes());
            out.extend((name.len() as u16).to_le_bytes());
            out.extend([0; 2]);
        };
        archive.extend(b"PK\x03\x04");
        fields(&mut archive);
        archive.extend(name.as_bytes());
        archive.extend(&packed);
        directory.extend(b"PK\x01\x02\x14\x00");
        fields(&mut directory);
        directory.extend([0; 10]);
        directory.extend(local.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let start = archive.len() as u32;
    archive.extend(&directory);
    archive.extend(b"PK\x05\x06\0\0\0\0");
    archive.extend((files.len() as u16).to_le_bytes().repeat(2));
    archive.extend((directory.len() as u32).to_le_bytes());
    archive.extend(start.to_le_bytes());
    archive.extend([0; 2]);
    archive
}

fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

type Unpacked = (Vec<(String, Vec<u8>)>, Result<(), UnpackError>);

fn unpacked_within(archive: &[u8], name: &str, limits: Limits) -> Unpacked {
    let mut found = Vec::new();
    let mut stream = archive;
    let done = unpack(&mut stream, name, limits, &mut |names, bytes| {
        if let Ok(bytes) = bytes {
            found.push((names.join("!"), bytes.to_vec()));
        }
    });
    (found, done)
}

/// What was not read, and why.
fn unread_of(archive: &[u8], limits: Limits) -> Vec<String> {
    let mut told = Vec::new();
    let mut stream = archive;
    let done = unpack(&mut stream, "a", limits, &mut |names, bytes| {
        told.extend(bytes.err().map(|error| format!("{}: {error}", names.join("!"))));
    });
    done.unwrap();
    told
}

fn unpacked(archive: &[u8], name: &str) -> Vec<(String, Vec<u8>)> {
    let (found, done) = unpacked_within(archive, name, Limits::default());
    done.unwrap();
    found
}

fn file(name: &str, bytes: &[u8]) -> (String, Vec<u8>) {
    (name.to_owned(), bytes.to_vec())
}

#[test]
fn every_kind_is_read_alone_and_inside_of_another() {
    let inner = zip(&[("a.txt", b"one"), ("b/c.txt", b"two"), ("d/", b"")]);
    let layer = tar(&[("app/.env", b"K=1"), ("inner.jar", &inner)]);
    let image = tar(&[("manifest.json", b"[]"), ("0a/layer.tar", &layer), ("blobs/sha256/0b", &gzip(&layer))]);

    assert_eq!(unpacked(&inner, "x.whl"), [file("a.txt", b"one"), file("b/c.txt", b"two")]);
    assert_eq!(unpacked(&gzip(b"log"), "x.log.gz"), [file("x.log", b"log")]);
    assert_eq!(
        unpacked(&image, "image.tar"),
        [
            file("manifest.json", b"[]"),
            file("0a/layer.tar!app/.env", b"K=1"),
            file("0a/layer.tar!inner.jar!a.txt", b"one"),
            file("0a/layer.tar!inner.jar!b/c.txt", b"two"),
            file("blobs/sha256/0b!app/.env", b"K=1"),
            file("blobs/sha256/0b!inner.jar!a.txt", b"one"),
            file("blobs/sha256/0b!inner.jar!b/c.txt", b"two"),
        ]
    );
}

#[test]
fn long_names_of_both_kinds_of_tar_are_read() {
    let long = "d/".repeat(90) + "key.txt";
    let record = format!("path={long}\n");
    let record = format!("{} {record}", record.len() + 4);
    let mut archive = Vec::new();
    for (kind, text) in [(b'L', long.as_bytes()), (b'x', record.as_bytes())] {
        archive.extend(tar_header("././@LongLink", text.len(), kind));
        archive.extend(text);
        archive.resize(archive.len().next_multiple_of(512), 0);
        archive.extend(tar(&[("cut", b"K")])[..1024].iter());
    }

    assert_eq!(unpacked(&archive, "a.tar"), [file(&long, b"K"), file(&long, b"K")]);
}

#[test]
fn a_small_archive_of_much_ends_early_and_says_so() {
    let bomb = gzip(&tar(&[("zeros", &vec![0; 4 << 20]), ("after", b"K")]));
    let limits = Limits { total_bytes: 1 << 20, ..Limits::default() };
    let many = tar(&[("a", b"1"), ("b", b"2"), ("c", b"3")]);
    let few = Limits { members: 2, ..Limits::default() };

    assert!(
        matches!(unpacked_within(&bomb, "b.tgz", limits), (found, Err(UnpackError::TooMuch(1, _))) if found.is_empty())
    );
    assert!(matches!(unpacked_within(&many, "m.tar", few), (found, Err(UnpackError::TooMuch(..))) if found.len() == 2));
}

#[test]
fn a_large_member_is_cut_and_what_follows_is_read() {
    let limits = Limits { member_bytes: 3, ..Limits::default() };
    let archive = tar(&[("large", b"123456"), ("small", b"1")]);

    let (found, done) = unpacked_within(&archive, "a.tar", limits);

    assert!(done.is_ok());
    assert_eq!(found, [file("large", b"123"), file("small", b"1")]);
    let limits = Limits { member_bytes: 1 << 20, ..Limits::default() };
    let large = tar(&[("large", &vec![b'a'; (1 << 20) + 1]), ("fits", &vec![b'a'; 1 << 20])]);
    assert_eq!(unread_of(&large, limits), ["large: only its first 1 MiB were read"]);
    assert_eq!(unread_of(&gzip(&vec![b'a'; (1 << 20) + 1]), limits), ["a: only its first 1 MiB were read"]);
}

#[test]
fn what_is_in_a_form_that_is_not_read_is_told() {
    let archive = tar(&[
        ("blobs/sha256/0a", b"\x28\xb5\x2f\xfd and so on"),
        ("a.tar.xz", b"\xfd7zXZ\0 and so on"),
        ("a.tar.bz2", b"BZh91AY&SY and so on"),
        ("BZh9.txt", b"BZh9 is how it begins"),
    ]);
    let mut other = zip(&[("lzma.txt", b"one"), ("secret.txt", b"two")]);
    let directory = memchr::memmem::find(&other, b"PK\x01\x02").unwrap();
    other[directory + 10] = 14;
    let second = directory + 1 + memchr::memmem::find(&other[directory + 1..], b"PK\x01\x02").unwrap();
    other[second + 8] = 1;

    assert_eq!(
        unread_of(&archive, Limits::default()),
        [
            "blobs/sha256/0a: it was not read: it is compressed as zstd",
            "a.tar.xz: it was not read: it is compressed as xz",
            "a.tar.bz2: it was not read: it is compressed as bzip2",
        ]
    );
    assert_eq!(
        unread_of(&other, Limits::default()),
        ["lzma.txt: it was not read: it is compressed as LZMA", "secret.txt: it was not read: it is encrypted"]
    );
}

#[test]
fn archives_inside_of_archives_are_opened_to_a_depth() {
    let mut nested = b"K".to_vec();
    for _ in 0..8 {
        nested = gzip(&nested);
    }

    assert_eq!(unpacked(&nested, "a.gz"), []);
    assert_eq!(unread_of(&nested, Limits::default()), ["a: it was not read: it is an archive within five others"]);
}

#[test]
fn a_damaged_archive_inside_does_not_hide_what_follows() {
    let archive = tar(&[("bad.zip", b"PK\x03\x04 and nothing more"), ("good.txt", b"K")]);

    let (found, done) = unpacked_within(&archive, "a.tar", Limits::default());

    assert!(done.is_ok());
    assert_eq!(found, [file("good.txt", b"K")]);
    assert_eq!(unread_of(&archive, Limits::default()), ["bad.zip: it is damaged: it has no directory"]);
}

mod damage {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_damage_makes_the_reader_panic(at in 0usize..400, byte in any::<u8>(), cut in 0usize..400) {
            for archive in [zip(&[("a.txt", b"one"), ("b.txt", b"two")]), tar(&[("a", b"one")]), gzip(b"log")] {
                let mut damaged = archive.clone();
                if let Some(place) = damaged.get_mut(at) {
                    *place = byte;
                }
                damaged.truncate(damaged.len() - cut.min(damaged.len()));

                let _ = unpacked_within(&damaged, "a", Limits::default());
            }
        }
    }
}
