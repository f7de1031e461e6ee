using Kalinka.QuickStart;
using Kalinka.QuickStart.Ledger;
using Microsoft.Extensions.Time.Testing;

namespace Kalinka.Tests.QuickStart;

internal sealed class MessageLedgerTests
{
    private readonly FakeTimeProvider _time = new();

    [Test]
    public void A_message_that_was_sent_and_has_not_arrived_is_missing()
    {
        var ledger = new MessageLedger(_time);

        ledger[Direction.DeviceToDevice].Open();

        Assert.That(ledger.Balanced, Is.False);
        Assert.That(ledger[Direction.DeviceToDevice].Totals().Missing, Is.EqualTo(1));
    }

    [Test]
    public void A_second_arrival_is_a_duplicate_and_makes_up_for_nothing()
    {
        var page = new Page(_time);
        var first = page.Open();
        page.Open();

        page.Arrive(first);
        page.Arrive(first);

        var totals = page.Totals();
        Assert.That((totals.Sent, totals.Arrived, totals.Duplicates, totals.Missing), Is.EqualTo((2, 1, 1, 1)));
    }

    [Test]
    public void The_median_is_that_of_the_first_arrivals()
    {
        var page = new Page(_time);
        foreach (var milliseconds in (int[])[30, 10, 20])
        {
            var number = page.Open();
            _time.Advance(TimeSpan.FromMilliseconds(milliseconds));
            page.Arrive(number);
        }

        Assert.That(page.Totals().MedianLatency, Is.EqualTo(TimeSpan.FromMilliseconds(20)));
    }

    [Test]
    public void A_number_that_nobody_sent_is_an_error() =>
        Assert.That(() => new Page(_time).Arrive(0), Throws.TypeOf<QuickStartException>());

    [Test]
    public void A_payload_comes_back_as_it_was() =>
        Assert.That(Payload.Parse(new Payload(7, 21.4).ToUtf8()), Is.EqualTo(new Payload(7, 21.4)));
}
