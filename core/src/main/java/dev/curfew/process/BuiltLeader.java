// SPDX-License-Identifier: Apache-2.0
package dev.curfew.process;

import java.time.Duration;
import java.util.Optional;

/// A leader that the JDK started, and reaps as soon as it ends.
final class BuiltLeader implements Leader {
  private final Process process;

  BuiltLeader(Process process) {
    this.process = process;
  }

  @Override
  public long pid() {
    return process.pid();
  }

  @Override
  public boolean ownsSession() {
    return false;
  }

  @Override
  public Optional<Exit> exit() {
    // The JDK gives 143 both for an exit code and for a TERM; only the former is certain to be one.
    return process.isAlive() ? Optional.empty() : Optional.of(new Exit.Exited(process.exitValue()));
  }

  @Override
  public void await(long nanos) throws InterruptedException {
    boolean ended = process.waitFor(Duration.ofNanos(Math.min(nanos, Kernel.SLICE)));
    assert !ended || exit().isPresent();
  }

  @Override
  public void reap() {
    // The JDK has done so.
  }
}
