using System.Diagnostics.Metrics;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Kalinka.Common.Hosting;

/// <summary>Makes the pipeline of a daemon from what the host lends it.</summary>
public delegate IPipeline PipelineFactory(ILoggerFactory loggers, TimeProvider time, IMeterFactory meters);

/// <summary>How a daemon is carried.</summary>
/// <param name="Daemon"><c>kalinka-pub</c> or <c>kalinka-sub</c>, for the metrics.</param>
/// <param name="HttpUrl">Where health, metrics and status are served; null for nowhere.</param>
/// <param name="LogLevel">The least that is logged.</param>
public sealed record DaemonHostOptions(string Daemon, string? HttpUrl, LogLevel LogLevel = LogLevel.Information);

/// <summary>
/// Carries a pipeline from the start of the process to its end: signals, systemd, logging, HTTP and the exit code.
/// </summary>
public static class DaemonHost
{
    /// <summary>How long a drain may take before the process ends without it.</summary>
    internal static readonly TimeSpan DrainTimeout = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Returns 0 when SIGTERM, SIGINT or <paramref name="stopping"/> has ended the pipeline, and 1 when it could not go
    /// on; then one line of the log says why. It creates the pipeline only when the HTTP address is bound.
    /// </summary>
    public static async Task<int> RunAsync(
        PipelineFactory create,
        DaemonHostOptions options,
        CancellationToken stopping = default
    )
    {
        using var host = options.HttpUrl is null ? BuildPlain(create, options) : BuildHttp(create, options);
        var carrier = host.Services.GetRequiredService<PipelineCarrier>();
        try
        {
            await host.StartAsync(stopping);
            await host.WaitForShutdownAsync(stopping);
        }
        catch (Exception exception) when (exception is IOException or SocketException && !carrier.Started)
        {
            carrier.Fail($"Http:Url {options.HttpUrl}: {exception.Message}", exception);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // A stop in the middle of the start is a stop, of whatever has started.
            await host.StopAsync(CancellationToken.None);
        }
        catch (Exception exception)
        {
            carrier.Fail(exception.Message, exception);
        }

        return carrier.Failed ? 1 : 0;
    }

    private static IHost BuildPlain(PipelineFactory create, DaemonHostOptions options)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        AddDaemon(builder, create, options);
        return builder.Build();
    }

    private static WebApplication BuildHttp(PipelineFactory create, DaemonHostOptions options)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        AddDaemon(builder, create, options);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        builder.WebHost.UseUrls(options.HttpUrl!);
        builder.Services.AddRoutingCore().AddDaemonMetrics(options.Daemon);
        var application = builder.Build();
        application.MapDaemonEndpoints();
        return application;
    }

    private static void AddDaemon(IHostApplicationBuilder builder, PipelineFactory create, DaemonHostOptions options)
    {
        DaemonLogging.Configure(builder.Logging, options.LogLevel);
        var services = builder.Services;
        services.AddSingleton(TimeProvider.System).AddSingleton(create).AddMetrics();
        services.Configure<HostOptions>(host => host.ShutdownTimeout = DrainTimeout);
        services.AddSingleton<PipelineCarrier>();
        services.AddHostedService(provider => provider.GetRequiredService<PipelineCarrier>());
        services.AddSystemdNotification();
    }
}
