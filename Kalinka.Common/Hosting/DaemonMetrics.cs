using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace Kalinka.Common.Hosting;

/// <summary>What <c>/metrics</c> shows: our own meter and the runtime's.</summary>
internal static class DaemonMetrics
{
    public const string MeterName = "Kalinka";

    public static void AddDaemonMetrics(this IServiceCollection services, string daemon) =>
        services
            .AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService(daemon, serviceVersion: ProductVersion.Text))
            .WithMetrics(metrics => metrics.AddMeter(MeterName).AddMeter("System.Runtime").AddPrometheusExporter());
}
