using System.Diagnostics.Metrics;
using System.Net.Sockets;
using System.Text;
using Kalinka.Common.Hosting;
using Kalinka.Tests.Stack;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Hosting.Systemd;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kalinka.Tests.Common.Hosting;

/// <summary>The datagrams that systemd would get. The environment is the process's: no other test runs meanwhile.</summary>
[NonParallelizable]
internal sealed class SystemdNotificationTests
{
    private readonly byte[] _datagram = new byte[4096];
    private string _path = "";
    private Socket _systemd = null!;

    [SetUp]
    public void Listen()
    {
        _path = Path.Combine(Path.GetTempPath(), $"notify-{Guid.NewGuid():N}");
        _systemd = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        _systemd.Bind(new UnixDomainSocketEndPoint(_path));
        _systemd.ReceiveTimeout = 10_000;
        Environment.SetEnvironmentVariable("NOTIFY_SOCKET", _path);
        Environment.SetEnvironmentVariable("WATCHDOG_USEC", "200000");
    }

    [TearDown]
    public void Close()
    {
        Environment.SetEnvironmentVariable("NOTIFY_SOCKET", null);
        Environment.SetEnvironmentVariable("WATCHDOG_USEC", null);
        _systemd.Dispose();
        File.Delete(_path);
    }

    [Test]
    public async Task Systemd_hears_of_the_start_then_what_goes_on_then_of_the_stop()
    {
        await using var host = await HostedPipeline.StartAsync();

        Assert.That(Until("READY=1"), Is.True);
        Assert.That(Until("STATUS=Ready: 1 of 1 brokers connected"), Is.True);
        Assert.That(Until("WATCHDOG=1"), Is.True);

        await host.StopAsync();
        Assert.That(Until("STOPPING=1"), Is.True);
    }

    [Test]
    public async Task A_drain_still_feeds_the_watchdog()
    {
        var drained = new TaskCompletionSource();
        await using var host = await HostedPipeline.StartAsync(new FakePipeline { Drained = drained.Task });

        await host.StopAsync();
        var draining = Until("STATUS=Draining") && Until("WATCHDOG=1");
        drained.SetResult();

        Assert.That(draining, Is.True);
    }

    [Test]
    public async Task A_pipeline_that_has_failed_feeds_no_watchdog()
    {
        await using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var pipeline = new FakePipeline();
        using var carrier = new PipelineCarrier(
            (_, _, _) => pipeline,
            NullLoggerFactory.Instance,
            TimeProvider.System,
            services.GetRequiredService<IMeterFactory>(),
            new ApplicationLifetime(NullLogger<ApplicationLifetime>.Instance)
        );
        using var reporter = new SystemdReporter(carrier, new SystemdNotifier(), TimeProvider.System);
        await carrier.StartedAsync(CancellationToken.None);
        reporter.Report();
        Assert.That(Until("WATCHDOG=1") && Until("STATUS=Ready: 1 of 1 brokers connected"), Is.True);

        pipeline.End.SetException(new InvalidOperationException("broken"));
        await Eventually.That(() => !carrier.Alive, TimeSpan.FromSeconds(30), "the end of the pipeline");
        reporter.Report();

        Assert.That(_systemd.Available, Is.Zero);
    }

    private bool Until(string awaited)
    {
        for (var received = 0; received < 100; received++)
        {
            if (Receive() == awaited)
            {
                return true;
            }
        }

        return false;
    }

    /// <exception cref="SocketException">Nothing came within 10 s.</exception>
    private string Receive() => Encoding.UTF8.GetString(_datagram, 0, _systemd.Receive(_datagram));
}
