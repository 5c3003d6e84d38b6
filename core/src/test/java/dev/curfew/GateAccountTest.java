// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class GateAccountTest {

  private final GateAccount account = new GateAccount();
  private final GateForm form = new GateForm(true, "a test");

  @Test
  void itCountsWhatIsOpenAtPresent() {
    account.opened(100);
    assertThat(account.closed(300)).isEqualTo(200);
    account.opened(1_000);
    assertThat(account.figures(form, 1_050, List.of()).open()).isEqualTo(Duration.ofNanos(250));
  }

  @Test
  void whoAsksForTheTimeBeforeItOpensIsNotToldOfLessThanNothing() {
    account.opened(100);
    assertThat(account.figures(form, 90, List.of()).open()).isZero();
  }
}
