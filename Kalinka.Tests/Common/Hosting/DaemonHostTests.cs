using System.Net;
using System.Net.Sockets;
using Kalinka.Common.Hosting;
using Microsoft.Extensions.Logging;

namespace Kalinka.Tests.Common.Hosting;

internal sealed class DaemonHostTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    [Test]
    public async Task A_stop_drains_the_pipeline_and_ends_with_0()
    {
        await using var host = await HostedPipeline.StartAsync();

        await host.StopAsync();

        Assert.That(await host.Exit.WaitAsync(Soon), Is.Zero);
    }

    [Test]
    public async Task While_it_drains_the_pipeline_is_live_and_no_longer_ready()
    {
        var drained = new TaskCompletionSource();
        await using var host = await HostedPipeline.StartAsync(new FakePipeline { Drained = drained.Task });

        await host.StopAsync();
        using var live = await host.Http.GetAsync(new Uri("/health/live", UriKind.Relative));
        using var ready = await host.Http.GetAsync(new Uri("/health/ready", UriKind.Relative));
        var ended = host.Exit.IsCompleted;
        drained.SetResult();

        Assert.That(live.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(ready.StatusCode, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
        Assert.That(await ready.Content.ReadAsStringAsync(), Is.EqualTo("draining\n"));
        Assert.That(ended, Is.False);
        Assert.That(await host.Exit.WaitAsync(Soon), Is.Zero);
    }

    [Test]
    public async Task A_pipeline_that_fails_ends_the_process_with_1()
    {
        await using var host = await HostedPipeline.StartAsync();

        host.Pipeline.End.SetException(new InvalidOperationException("broken"));

        Assert.That(await host.Exit.WaitAsync(Soon), Is.EqualTo(1));
    }

    [Test]
    public async Task A_pipeline_that_returns_without_being_asked_has_failed_too()
    {
        await using var host = await HostedPipeline.StartAsync();

        host.Pipeline.End.SetResult();

        Assert.That(await host.Exit.WaitAsync(Soon), Is.EqualTo(1));
    }

    [Test]
    public async Task A_pipeline_that_fails_in_its_drain_has_failed()
    {
        var pipeline = new FakePipeline { Drained = Task.FromException(new InvalidOperationException("broken")) };
        await using var host = await HostedPipeline.StartAsync(pipeline);

        await host.StopAsync();

        Assert.That(await host.Exit.WaitAsync(Soon), Is.EqualTo(1));
    }

    [Test]
    public async Task A_pipeline_that_cannot_be_made_ends_the_process_with_1()
    {
        var exit = await DaemonHost
            .RunAsync(
                (_, _, _) => throw new InvalidOperationException("no"),
                new DaemonHostOptions("kalinka-pub", null, LogLevel.None)
            )
            .WaitAsync(Soon);

        Assert.That(exit, Is.EqualTo(1));
    }

    [Test]
    public async Task An_address_that_is_taken_ends_the_process_with_1_before_the_pipeline_is_made()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var made = false;

        var exit = await DaemonHost
            .RunAsync(
                (_, _, _) =>
                {
                    made = true;
                    return new FakePipeline();
                },
                new DaemonHostOptions("kalinka-pub", $"http://{taken.LocalEndpoint}", LogLevel.None)
            )
            .WaitAsync(Soon);

        Assert.That((exit, made), Is.EqualTo((1, false)));
    }

    [Test]
    public async Task Without_an_address_the_pipeline_runs_all_the_same()
    {
        using var stopping = new CancellationTokenSource();
        var pipeline = new FakePipeline();
        var exit = DaemonHost.RunAsync(
            (_, _, _) => pipeline,
            new DaemonHostOptions("kalinka-pub", null, LogLevel.None),
            stopping.Token
        );

        await pipeline.Started.WaitAsync(Soon);
        await stopping.CancelAsync();

        Assert.That(await exit.WaitAsync(Soon), Is.Zero);
    }
}
