using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Systemd;

namespace Kalinka.Common.Hosting;

/// <summary>
/// The protocol of <c>Type=notify</c>: READY=1 when everything has started, the pipeline last; STOPPING=1 at a drain. It
/// is spoken when systemd gives a socket for it, whoever the parent process is: <c>AddSystemd</c> asks for the parent
/// to be named <c>systemd</c>, which it is not below a supervisor or in a container.
/// </summary>
internal static class SystemdNotification
{
    /// <summary>Whoever started the process listens.</summary>
    public static bool IsAskedFor => !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NOTIFY_SOCKET"));

    public static void AddSystemdNotification(this IServiceCollection services)
    {
        if (!IsAskedFor)
        {
            return;
        }

        services.AddSingleton<ISystemdNotifier, SystemdNotifier>();
        services.AddSingleton<IHostLifetime, SystemdLifetime>();
        services.AddHostedService<SystemdReporter>();
    }
}
