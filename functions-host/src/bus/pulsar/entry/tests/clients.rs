//! Entries that clients wrote: batches of three requests, each with its place as the
//! property `n`, compressed in each way; and a request that came alone.

use super::*;
use crate::bus::pulsar::record;
use crate::bus::pulsar::record::tests::{bytes, cat};
use crate::bus::pulsar::schema::WriterSchema;
use crate::bus::pulsar::words::CompressionType::{self, Lz4, None, Snappy, Zlib, Zstd};

/// Of the client of Java 4.0.0.
const JAVA: [(CompressionType, &str); 5] = [
    (
        None,
        "0e017bb8bed30000001c0a046a61766110011802400048c901580382010800000000000000010000000a\
         0a060a016e12013018350861636d650a6361742d313473333a2f2f70696374757265732f6b61747a652d\
         c3a42e706e67107468756d62734032f6a1abfef9620000000a0a060a016e12013118350861636d650a63\
         61742d313473333a2f2f70696374757265732f6b61747a652dc3a42e706e67107468756d62734032f6a1\
         abfef9620000000a0a060a016e12013218350861636d650a6361742d313473333a2f2f70696374757265\
         732f6b61747a652dc3a42e706e67107468756d62734032f6a1abfef962",
    ),
    (
        Lz4,
        "0e01965e38620000001c0a046a61766110011802400148c90158038201080000000000000001f7340000\
         000a0a060a016e12013018350861636d650a6361742d313473333a2f2f70696374757265732f6b61747a\
         652dc3a42e706e67107468756d62734032f6a1abfef96243001f3143002f1f3243001f50a1abfef962",
    ),
    (
        Zlib,
        "0e01f76129850000001c0a046a61766110011802400248c90158038201080000000000000001789c6260\
         60e0e262e362cc1362349030e5484cce4de54a4e2cd135342936b6d2d72fc84c2e292d4a2dd6cf4e2ca9\
         4ad53dbc44af202f5da024a33437a9d8c1e8dbc2d5ff7e2631208c30a4dc0823328d00000000ffff",
    ),
    (
        Zstd,
        "0e01d8712a6a0000001c0a046a61766110011802400348c9015803820108000000000000000128b52ffd\
         24c98d020054040000000a0a060a016e12013018350861636d650a6361742d313473333a2f2f70696374\
         757265732f6b61747a652dc3a42e706e67107468756d62734032f6a1abfef9623132030004a71ce40d86\
         11ce21831d29",
    ),
    (
        Snappy,
        "0e0195feb4c80000001c0a046a61766110011802400448c90158038201080000000000000001c901f042\
         0000000a0a060a016e12013018350861636d650a6361742d313473333a2f2f70696374757265732f6b61\
         747a652dc3a42e706e67107468756d62734032f6a1abfef9621d430031ee430009430032da4300",
    ),
];

/// Of the client of Python 3.13, which is that of C++.
const PYTHON: [(CompressionType, &str); 4] = [
    (
        Lz4,
        "0e014f0f0528000000260a0670792d4c5a34100018d5bba9c3a13432016b400148d801580382\
         01080000000000000000f7390000000f0a060a016e12013012016b183540000861636d650a63\
         61742d313473333a2f2f70696374757265732f6b61747a652dc3a42e706e67107468756d6273\
         4032f6a1abfef9624800123148001f0148002d123248001f0248001d50a1abfef962",
    ),
    (
        Zlib,
        "0e01b8f774e3000000270a0770792d5a4c6962100018dfbba9c3a13432016b400248d8015803\
         8201080000000000000000789c636060e0e762e362cc1362341062cc96307560e0484cce4de5\
         4a4e2cd135342936b6d2d72fc84c2e292d4a2dd6cf4e2ca94ad53dbc44af202f5da024a33437\
         a9d8c1e8dbc2d5ff7e263120cc318498c348a93946107398c83207008cb64525",
    ),
    (
        Zstd,
        "0e017807d349000000270a0770792d5a535444100018eebba9c3a13432016b400348d8015803\
         820108000000000000000028b52ffd20d8e50200c4040000000f0a060a016e12013012016b18\
         3540000861636d650a6361742d313473333a2f2f70696374757265732f6b61747a652dc3a42e\
         706e67107468756d62734032f6a1abfef962310132020500024700760592c11064318219",
    ),
    (
        Snappy,
        "0e0163193767000000290a0970792d534e415050591000188fbca9c3a13432016b400448d801\
         58038201080000000000000000d801f0490000000f0a060a016e12013012016b183540000861\
         636d650a6361742d313473333a2f2f70696374757265732f6b61747a652dc3a42e706e671074\
         68756d62734032f6a1abfef96200001548003109480001fe4800003209480002d24800",
    ),
];

/// Of the same client, without a batch.
const ALONE: &str = "0e018363940d0000002b0a0870792d616c6f6e6510001896bca9c3a13422060a016e12013032\
                     016b600582010800000000000000000861636d650a6361742d313473333a2f2f706963747572\
                     65732f6b61747a652dc3a42e706e67107468756d62734032f6a1abfef962";

fn are_read(entries: &[(CompressionType, &str)], version: [u8; 8], key: Option<&str>) {
    for (kind, hex) in entries {
        let entry = entry(&bytes(hex));
        assert_eq!(entry.metadata.compression(), *kind);
        assert_eq!(entry.metadata.schema_version(), version);
        assert_eq!(entry.messages.len(), 3);
        for (place, message) in (0..).zip(&entry.messages) {
            assert_eq!(message.index, Some(place));
            assert_eq!(message.key.as_deref(), key);
            assert_eq!(message.properties, [("n".to_owned(), place.to_string())]);
            let record = record::read(&WriterSchema::default(), &message.payload, MOST);
            assert_eq!(record, Ok(cat()));
        }
    }
}

#[test]
fn batches_of_java_are_read_in_each_way_of_compressing_them() {
    are_read(&JAVA, [0, 0, 0, 0, 0, 0, 0, 1], Option::None);
}

#[test]
fn batches_of_python_are_read_in_each_way_of_compressing_them() {
    are_read(&PYTHON, [0; 8], Some("k"));
}

#[test]
fn a_message_of_python_that_came_alone_is_read() {
    let entry = entry(&bytes(ALONE));
    let [message] = &entry.messages[..] else {
        panic!("{:?}", entry.messages)
    };
    assert_eq!((message.index, message.event_time), (Option::None, Some(5)));
    assert_eq!(message.key.as_deref(), Some("k"));
    assert_eq!(message.properties, [("n".to_owned(), "0".to_owned())]);
    let record = record::read(&WriterSchema::default(), &message.payload, MOST);
    assert_eq!(record, Ok(cat()));
}
