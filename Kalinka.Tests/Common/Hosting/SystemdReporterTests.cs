using Kalinka.Common.Hosting;

namespace Kalinka.Tests.Common.Hosting;

internal sealed class SystemdReporterTests
{
    private const int Self = 4711;

    [TestCase("2000000", null, 2000)]
    [TestCase("2000000", "4711", 2000)]
    [TestCase("2000000", "4712", null)]
    [TestCase(null, null, null)]
    [TestCase("0", null, null)]
    [TestCase("soon", null, null)]
    public void The_watchdog_is_fed_when_it_is_meant_for_this_process(string? usec, string? pid, int? milliseconds) =>
        Assert.That(
            SystemdReporter.WatchdogInterval(usec, pid, Self)?.TotalMilliseconds,
            Is.EqualTo((double?)milliseconds)
        );

    [Test]
    public void A_status_is_one_line()
    {
        var ready = new FakePipeline().Current;
        var waiting = ready with { Ready = false, WaitingFor = "Kafka:\nrefused" };

        Assert.That(SystemdReporter.Describe(ready, draining: false), Is.EqualTo("Ready: 1 of 1 brokers connected"));
        Assert.That(SystemdReporter.Describe(waiting, draining: false), Is.EqualTo("Waiting for Kafka: refused"));
        Assert.That(SystemdReporter.Describe(ready, draining: true), Is.EqualTo("Draining"));
    }
}
