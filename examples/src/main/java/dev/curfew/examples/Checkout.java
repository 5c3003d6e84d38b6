// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples;

import dev.curfew.DeadlineExceededException;
import dev.curfew.Fork;
import dev.curfew.Scope;
import java.time.Duration;
import java.util.concurrent.Callable;

/// A page that needs two answers within a time: both are asked for at once, the first failure stops
/// the other, and a late one costs the page no longer than its deadline.
public final class Checkout {

  private final Callable<String> user;
  private final Callable<String> cart;

  /// A page over two services.
  ///
  /// @param user finds the user
  /// @param cart finds the cart
  public Checkout(Callable<String> user, Callable<String> cart) {
    this.user = user;
    this.cart = cart;
  }

  /// {@return the page, or an apology if the services take too long}
  ///
  /// @param within how long it may take
  public String page(Duration within) {
    try {
      return Scope.run(
          "checkout",
          settings -> settings.withDeadline(within),
          scope -> {
            Fork<String> who = scope.fork("user", user);
            Fork<String> what = scope.fork("cart", cart);
            scope.join();
            return who.get() + " buys " + what.get();
          });
    } catch (DeadlineExceededException late) {
      return "please try again: " + late.getMessage();
    }
  }
}
