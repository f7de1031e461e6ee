using System.Diagnostics.Metrics;
using Kalinka.Common.Hosting;
using Kalinka.Tests.Stack;
using Microsoft.Extensions.Logging;

namespace Kalinka.Tests.Common.Hosting;

/// <summary>A host of this process that carries a fake pipeline, with HTTP on a free port.</summary>
internal sealed class HostedPipeline : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();

    private HostedPipeline(FakePipeline pipeline, Uri url)
    {
        Pipeline = pipeline;
        Http = new HttpClient { BaseAddress = url, Timeout = TimeSpan.FromSeconds(20) };
        Exit = DaemonHost.RunAsync(
            (_, _, meters) =>
            {
                meters.Create(new MeterOptions("Kalinka")).CreateCounter<long>("kalinka.test.messages").Add(42);
                return pipeline;
            },
            new DaemonHostOptions("kalinka-pub", url.GetLeftPart(UriPartial.Authority), LogLevel.None),
            _stopping.Token
        );
    }

    public FakePipeline Pipeline { get; }

    public HttpClient Http { get; }

    /// <summary>The exit code, once the host has ended.</summary>
    public Task<int> Exit { get; }

    public static async Task<HostedPipeline> StartAsync(FakePipeline? pipeline = null)
    {
        var host = new HostedPipeline(pipeline ?? new FakePipeline(), new Uri($"http://127.0.0.1:{FreePort.Next()}"));
        await host.Pipeline.Started.WaitAsync(TimeSpan.FromSeconds(30));
        return host;
    }

    public Task StopAsync() => _stopping.CancelAsync();

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await Exit.WaitAsync(TimeSpan.FromSeconds(40));
        Http.Dispose();
        _stopping.Dispose();
    }
}
