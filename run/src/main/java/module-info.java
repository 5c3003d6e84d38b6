// SPDX-License-Identifier: Apache-2.0
/// The runner: a list of jobs that can be stopped at any moment and taken up again.
@org.jspecify.annotations.NullMarked
module dev.curfew.run {
  requires static org.jspecify;
  requires dev.curfew;
  requires java.sql;
  requires jdk.unsupported;
  requires info.picocli;
  requires com.fasterxml.jackson.core;
  requires org.xerial.sqlitejdbc;

  opens dev.curfew.run to
      info.picocli;
}
