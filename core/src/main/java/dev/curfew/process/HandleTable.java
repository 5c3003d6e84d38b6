// SPDX-License-Identifier: Apache-2.0
package dev.curfew.process;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The process table as the JDK shows it on every system: no sessions and no environments.
final class HandleTable implements ProcessTable {
  @Override
  public List<Row> rows() {
    return ProcessHandle.allProcesses().map(HandleTable::row).toList();
  }

  @Override
  public @Nullable Row row(long pid) {
    return ProcessHandle.of(pid).map(HandleTable::row).orElse(null);
  }

  private static Row row(ProcessHandle handle) {
    long parent = handle.parent().map(ProcessHandle::pid).orElse(0L);
    long start = handle.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
    return new Row(handle.pid(), parent, 0, 0, start, handle.isAlive());
  }

  @Override
  public Set<String> markers(long pid) {
    return Set.of();
  }

  @Override
  public String command(long pid) {
    return ProcessHandle.of(pid)
        .map(ProcessHandle::info)
        .flatMap(info -> info.commandLine().or(info::command))
        .map(Text::printable)
        .orElse("[unknown]");
  }

  @Override
  public Duration age(Row row) {
    Duration age = Duration.between(Instant.ofEpochMilli(row.start()), Instant.now());
    return row.start() == 0 || age.isNegative() ? Duration.ZERO : age;
  }

  @Override
  public boolean showsMarkers() {
    return false;
  }
}
