import LoadTest

extension JUnit {
    /// Returns the XML document of a load test, with a test case for each objective.
    static func report(_ result: LoadResult) -> String {
        let checks = result.checks
        var xml = XML()
        xml.element(
            "testsuite",
            [
                "name": "load \(result.settings.target)", "tests": "\(checks.count)",
                "failures": "\(checks.count { $0.failure != nil })", "errors": "0", "time": "\(result.seconds)",
            ]
        ) { xml in
            for check in checks {
                let attributes: KeyValuePairs = ["classname": "simulator.load", "name": check.name]
                guard let failure = check.failure else {
                    xml.element("testcase", attributes)
                    continue
                }
                xml.element("testcase", attributes) { xml in
                    xml.element("failure", ["message": failure, "type": "load"])
                }
            }
        }
        return xml.document
    }
}
